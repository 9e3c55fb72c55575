internal import ASCIIBytes
internal import HeaderFields
public import OpenSenseWebhooks

/// A URL with places for the ids of an event: `https://example.org/{site}/{device}`.
public struct LinkTemplate: Sendable, Hashable {
    /// The longest template.
    ///
    /// - Unit: bytes.
    public static let bytesMax = 1_024
    /// The longest URL that is made of one; a longer one is left out.
    ///
    /// - Unit: bytes. Our own limit: what browsers and chat programs take without question.
    public static let linkBytesMax = 2_048

    /// What can stand in braces.
    private enum Field: String, CaseIterable {
        case site, device, channel, event, delivery
    }

    private enum Part: Hashable {
        case text(String)
        case field(Field)
    }

    private let parts: [Part]
    /// The template as it was given.
    public let text: String

    /// The template in `text`.
    ///
    /// - Throws: ``LinkTemplateError`` for what is no `http` or `https` URL in printable ASCII, for a name in
    ///   braces that nothing has, and for braces in the host: who is looked at is not the sender's to say.
    public init(_ text: String) throws(LinkTemplateError) {
        guard text.utf8.count <= Self.bytesMax else {
            throw LinkTemplateError("has more than \(Self.bytesMax) bytes.")
        }
        let start = ["https://", "http://"].first { text.hasPrefix($0) }
        guard let start, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw LinkTemplateError(
                "is no http:// or https:// address in ASCII; other characters are percent-encoded.")
        }
        let host = text.dropFirst(start.count).prefix { !"/?#".contains($0) }
        guard Self.isHost(host) else {
            throw LinkTemplateError(
                "needs a host, and at most a port, in front of its path; braces and user names have no place there."
            )
        }
        guard Self.hasLegalCharacters(text) else {
            throw LinkTemplateError(
                "has a character that stands in no URL, or a % without two hexadecimal digits; percent-encode it."
            )
        }
        self.text = text
        parts = try Self.parts(of: text)
    }

    /// A name, an IPv4 address or an IPv6 address in brackets, and a port.
    private static func isHost(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let port = text.hasSuffix("]") || parts.count < 2 ? nil : parts.last
        if let port, !(1...65_535).contains(Int(port) ?? 0) { return false }
        var name = text.dropLast(port.map { $0.utf8.count + 1 } ?? 0)
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = name.dropFirst().dropLast()
            return name.contains(":")
                && name.utf8.allSatisfy { ASCII.hexValue($0) != nil || $0 == 0x3A || $0 == 0x2E }
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            !label.isEmpty && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { PercentEncoding.isUnreserved($0) && $0 != 0x7E }
        }
    }

    /// Whether all of it is of a URL or of the braces of a template (RFC 3986, appendix A).
    private static func hasLegalCharacters(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.indices.allSatisfy { index in
            guard bytes[index] == UInt8(ascii: "%") else {
                return PercentEncoding.isUnreserved(bytes[index])
                    || ":/?#[]@!$&'()*+,;={}".utf8.contains(bytes[index])
            }
            return index + 2 < bytes.count && ASCII.hexValue(bytes[index + 1]) != nil
                && ASCII.hexValue(bytes[index + 2]) != nil
        }
    }

    private static func parts(of text: String) throws(LinkTemplateError) -> [Part] {
        var parts: [Part] = []
        var rest = Substring(text)
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            let inside = rest[rest.index(after: brace)...]
            guard rest[brace] == "{", let end = inside.firstIndex(of: "}") else {
                throw LinkTemplateError("has a brace without its other half.")
            }
            guard let field = Field(rawValue: String(inside[..<end])) else {
                let known = Field.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
                throw LinkTemplateError("has a name in braces that nothing has; there are \(known).")
            }
            parts += [.text(String(rest[..<brace])), .field(field)]
            rest = inside[inside.index(after: end)...]
        }
        return parts + [.text(String(rest))]
    }

    /// The URL for an event; nil where it has not every id that the template asks for, or would be longer
    /// than ``linkBytesMax``.
    public func link(to event: Event, deliveryID: String) -> String? {
        var link = ""
        for part in parts {
            switch part {
            case .text(let text): link += text
            case .field(let field):
                guard let id = Self.value(of: field, event, deliveryID), !id.isEmpty,
                    id.utf8.count <= Self.linkBytesMax, id != ".", id != ".."
                else { return nil }
                link += PercentEncoding.text(id)
            }
        }
        return link.utf8.count <= Self.linkBytesMax ? link : nil
    }

    private static func value(of field: Field, _ event: Event, _ deliveryID: String) -> String? {
        switch field {
        case .site: event.siteID
        case .device: event.deviceID
        case .channel: event.channelID
        case .event: event.id
        case .delivery: deliveryID
        }
    }
}

/// Why a text is no template of a link.
public struct LinkTemplateError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, completing a sentence that begins with the template's name.
    public let description: String

    init(_ description: String) { self.description = description }
}
