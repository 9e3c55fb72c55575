/// Where each setting of a configuration was given: at a place of a text, by an environment variable or by an
/// option.
struct ConfigurationPlaces: Sendable {
    /// What gave a setting that does not stand in a text.
    struct Origin: Sendable {
        /// The variable or the option, such as `OPENSENSE_SECRET` or `--store`.
        var name: String
        /// What to do about a fault, in a sentence more; nil where the fault says it.
        var advice: String?
    }

    /// The text's outline; nil where there is no text.
    var outline: JSON5Outline?
    /// What gave the settings that stand in no text, by path.
    var origins: [String: Origin] = [:]
    /// What is said where a setting is missing, by path, in place of the usual words.
    var absences: [String: String] = [:]

    /// The fault of the setting at `path`, with its place.
    ///
    /// - Parameter position: Where it stands, when that is not where `path` does.
    func fault(
        _ path: String, _ message: String, at position: JSON5Outline.Position? = nil
    ) -> ConfigurationFault {
        guard let origin = origins[path] else {
            let position = position ?? outline?.place(of: path)
            return ConfigurationFault(
                line: position?.line, column: position?.column, path: path, message: message)
        }
        let isNamed = message.split(separator: " ").contains { $0 == origin.name }
        let named = isNamed ? message : "\(origin.name): \(message)"
        return ConfigurationFault(
            path: path, message: named + (origin.advice.map { " \($0)" } ?? ""), hasOrigin: true)
    }
}
