/// How much of what could not be authenticated is kept.
package struct QuarantineBounds: Sendable, Hashable {
    /// Requests in all; with bodies of at most 1 MiB this bounds the bytes too.
    package var countMax = 1_000
    /// Requests received in one minute.
    package var perMinuteMax = 60

    /// The defaults: 1,000 in all, 60 a minute.
    package init() {}
}
