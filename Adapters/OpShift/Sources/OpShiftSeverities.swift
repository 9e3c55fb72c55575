internal import AdapterKit
internal import OpenSenseWebhooks

/// Which of OpShift's five severities stands for which word of the sender.
///
/// `sev0` pages everyone also in quiet hours, `sev1` the first on call at once, `sev2` by the policy's
/// timing; `sev3` and `sev4` do not page.
struct OpShiftSeverities {
    /// What each word stands for unless the setting says otherwise.
    static let standard = "critical=sev0, alarm=sev1, error=sev2, warning=sev3, info=sev4"

    private let levels: [String: String]
    /// The words that the setting names.
    private let given: Set<String>

    /// The severities in `text`, such as `warning=sev2, alarm=sev0`; what it leaves out is as in
    /// ``standard``.
    init(_ text: String) throws(AdapterSettingError) {
        var (levels, given): ([String: String], Set<String>) = ([:], [])
        for list in [Self.standard, text] {
            given = []
            for entry in list.split(whereSeparator: { $0 == "," || $0 == " " || $0.isNewline }) {
                let parts = entry.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2, !parts[0].isEmpty, Self.all.contains(parts[1]) else {
                    throw AdapterSettingError(
                        setting: OpShift.Setting.severities,
                        "has an entry that is not WORD=sev0 to WORD=sev4, such as alarm=sev1.")
                }
                levels[parts[0].lowercased()] = parts[1]
                given.insert(parts[0].lowercased())
            }
        }
        (self.levels, self.given) = (levels, given)
    }

    /// The severity of an update.
    ///
    /// That of the sender's word where the setting names it; else of what the destination maps the word to;
    /// else that of the word as usual, or of what it means.
    func severity(of update: IncidentUpdate) -> String {
        let word = update.event.severity?.lowercased()
        if let word, given.contains(word), let level = levels[word] { return level }
        if let mapped = update.mappedSeverity { return levels[mapped.rawValue] ?? "sev1" }
        if let word, let level = levels[word] { return level }
        // A kind of the user's that says nothing of how bad it is wakes a person, as an alarm does.
        let isUnsaid = word == nil && update.severity == .warning
        return switch isUnsaid ? .critical : update.severity {
        case .critical: levels["alarm"] ?? "sev1"
        case .error: levels["error"] ?? "sev2"
        case .warning: levels["warning"] ?? "sev3"
        case .info: levels["info"] ?? "sev4"
        }
    }

    private static let all = (0...4).map { "sev\($0)" }
}
