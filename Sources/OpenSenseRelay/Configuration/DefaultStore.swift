/// Where the store is when nothing names one.
enum DefaultStore {
    static let advice =
        "There is no place for the store: set XDG_STATE_HOME or HOME, or name one with --store."

    /// `$XDG_STATE_HOME/opensense-relay/`, `~/.local/state/opensense-relay/`, or for root
    /// `/var/lib/opensense-relay/`.
    ///
    /// - Source: XDG Base Directory Specification 0.8.
    static func location(_ environment: [String: String], isRoot: Bool) -> StoreLocation? {
        let folder: String
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            folder = state
        } else if isRoot {
            folder = "/var/lib"
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            folder = home + "/.local/state"
        } else {
            return nil
        }
        return .sqlite(path: folder + "/opensense-relay/relay.db")
    }
}
