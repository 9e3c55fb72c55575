/// How often what is done in the background is done.
package struct BackgroundRhythm: Sendable, Hashable {
    /// How often the journal is asked for work and for people's requests that no word came of, in
    /// milliseconds.
    package var pollMilliseconds = 1_000
    /// How often old entries of the store are forgotten, in milliseconds.
    package var pruneMilliseconds = 60_000
    /// How long things are kept.
    package var retention = Retention()

    /// Once a second and once a minute.
    package init() {}
}
