internal import AdapterKit

/// Which monitor stands for which incident; each for one alone, so that what ends one never ends another.
struct OpShiftMonitors {
    private let names: [String: String]

    /// The monitors in `text`, such as `alarm/site_1/dev_1/chn_1=freezer-3, connectivity/site_1/dev_1=hub`.
    init(_ text: String) throws(AdapterSettingError) {
        var names: [String: String] = [:]
        var used: Set<String> = []
        for entry in text.split(whereSeparator: { $0 == "," || $0.isNewline }) {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map(Self.trimmed)
            if parts == [""] { continue }
            guard parts.count == 2, Self.isKey(parts[0]), Self.isIdentifier(parts[1]) else {
                throw Self.fault(
                    "has an entry that is not INCIDENT=MONITOR, such as alarm/SITE/DEVICE/CHANNEL=MONITOR or "
                        + "connectivity/SITE/DEVICE=MONITOR.")
            }
            guard names.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw Self.fault("names one incident twice.")
            }
            guard used.insert(parts[1]).inserted else {
                throw Self.fault("gives one monitor to two incidents: the end of one would end the other.")
            }
        }
        guard names.count <= OpShiftLimits.monitorsMax else {
            throw Self.fault("names more than \(OpShiftLimits.monitorsMax) monitors.")
        }
        self.names = names
    }

    var isEmpty: Bool { names.isEmpty }

    /// The incidents that have a monitor, in a fixed order.
    var incidents: [(key: String, monitor: String)] {
        names.sorted { $0.key < $1.key }.map { (key: $0.key, monitor: $0.value) }
    }

    /// The monitor of the incident `key`; nil for none.
    func monitor(of key: IncidentKey) -> String? { names[key.text] }

    /// Whether `text` can be an identifier of OpShift's: one part of a path.
    static func isIdentifier(_ text: String) -> Bool {
        !["", ".", ".."].contains(text) && text.utf8.count <= OpShiftLimits.identifierBytesMax
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }
    }

    /// Whether `text` is the whole key of an alarm or of a device's connectivity.
    private static func isKey(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let domain = parts[0].split(separator: "@", maxSplits: 1).first
        return (domain == "alarm" && parts.count == 4) || (domain == "connectivity" && parts.count == 3)
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    private static func fault(_ problem: String) -> AdapterSettingError {
        AdapterSettingError(setting: OpShift.Setting.monitors, problem)
    }
}
