internal import AdapterKit
internal import OpenSenseWebhooks

/// One heartbeat as a configuration says it, its address not fetched.
package struct HeartbeatDocument: Sendable {
    /// Where its address is; nil where that is at fault.
    package private(set) var url: SecretSetting?
    /// How often it is asked, in seconds.
    package private(set) var everySeconds = 60
    /// How it is asked.
    package private(set) var method = HeartbeatConfiguration.Method.get
    /// What it is signed with; nil for nothing.
    package private(set) var secret: SecretSetting?

    /// Every heartbeat of a configuration.
    static func all(_ node: SettingNode?, _ reader: inout SettingReader) -> [HeartbeatDocument] {
        guard let node, let items = reader.items(node) else { return [] }
        if items.count > HeartbeatConfiguration.countMax {
            reader.add(node.path, "There must be at most \(HeartbeatConfiguration.countMax) heartbeats.")
        }
        return items.map { HeartbeatDocument($0, &reader) }
    }

    private init(_ node: SettingNode, _ reader: inout SettingReader) {
        let members = reader.object(node, names: ["url", "everySeconds", "method", "secret"])
        if let given = members["url"] {
            url = reader.secret(given)
        } else if case .object = node.value {
            reader.add(node.path, "There is no \"url\"; expected \"env:HEARTBEAT_URL\" or the like.")
        }
        if let given = members["everySeconds"], let seconds = reader.integer(given) {
            let range = HeartbeatConfiguration.everySecondsRange
            if range.contains(seconds) {
                everySeconds = seconds
            } else {
                reader.add(given.path, "Expected \(range.lowerBound) to \(range.upperBound) seconds.")
            }
        }
        if let given = members["secret"] { secret = reader.secret(given) }
        if let given = members["method"], let text = reader.text(given) {
            if let known = HeartbeatConfiguration.Method(rawValue: text) {
                method = known
            } else {
                reader.add(given.path, "Expected \"GET\" or \"POST\".")
            }
        }
    }

    /// What is wrong with an address, without showing it; nil for one that can be asked.
    static func fault(of url: Secret) -> String? {
        let text = url.revealedText()
        guard text.utf8.count <= HeartbeatConfiguration.urlBytesMax else {
            return "The address has more than \(HeartbeatConfiguration.urlBytesMax) bytes."
        }
        guard base(of: text) != nil else {
            return "The address must be http:// or https://, a host, and at most a path and a query."
        }
        return nil
    }

    /// What is probably not meant about an address; nil for nothing.
    static func doubt(of url: Secret) -> String? {
        guard base(of: url.revealedText())?.isReadableOnTheWay == true else { return nil }
        return "is http:// to another machine: it can be read on its way; use https://."
    }

    private static func base(of text: String) -> BaseURL? {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else {
            return nil
        }
        return BaseURL(String(text.prefix { $0 != "?" }))
    }
}
