internal import AdapterKit
internal import OpenSenseWebhooks
internal import RelayCore

extension SettingReader {
    /// The most sites, devices and channels that have names.
    static let namesMax = 50_000
    /// The longest name, in UTF-16 units.
    static let nameLimit = TextLimit(max: 120)
    /// The longest unit, in UTF-16 units.
    static let unitLimit = TextLimit(max: 16)
    /// The most templates of links of the whole.
    static let linksMax = 8

    /// The object `names`: links, and the names of sites, devices and channels by their ids.
    mutating func names(_ node: SettingNode) -> PlaceNames {
        var names = PlaceNames()
        let members = object(node, names: ["link", "sites", "devices", "channels"])
        if let link = members["link"] { names.links = links(link) }
        for kind in PlaceNames.Kind.allCases {
            guard let places = members["\(kind.rawValue)s"] else { continue }
            guard case .object(let entries) = places.value else {
                add(
                    places.path, "Expected an object of names by id, such as { \"dev_b1d2\": \"Freezer 3\" }."
                )
                continue
            }
            for (id, value) in entries { names[kind, id] = entry(places.member(id, value), of: kind) }
        }
        if names.count > Self.namesMax {
            add(node.path, "There must be at most \(Self.namesMax) names; there are \(names.count).")
        }
        return names
    }

    /// A name alone, or an object of a name, a unit and a link.
    private mutating func entry(_ node: SettingNode, of kind: PlaceNames.Kind) -> PlaceNames.Entry {
        guard case .object = node.value else {
            guard case .string = node.value else {
                add(node.path, "Expected a name in quotes, or an object of name, unit and link.")
                return PlaceNames.Entry()
            }
            return PlaceNames.Entry(name: label(node, Self.nameLimit))
        }
        // What is measured in a site is measured by many devices.
        let members = object(node, names: ["name", "link"] + (kind == .site ? [] : ["unit"]))
        return PlaceNames.Entry(
            name: members["name"].flatMap { label($0, Self.nameLimit) },
            unit: members["unit"].flatMap { label($0, Self.unitLimit) },
            link: members["link"].flatMap { link($0) })
    }

    /// A text of one line that is not blank.
    private mutating func label(_ node: SettingNode, _ limit: TextLimit) -> String? {
        guard let text = text(node) else { return nil }
        guard limit.allows(text), limit.cutLine(text) == text, !text.allSatisfy(\.isWhitespace) else {
            add(node.path, "Expected one line of 1 to \(limit.max) characters.")
            return nil
        }
        return text
    }

    private mutating func links(_ node: SettingNode) -> [LinkTemplate] {
        guard case .array = node.value, let items = items(node) else {
            return [link(node)].compactMap(\.self)
        }
        if !(1...Self.linksMax).contains(items.count) {
            add(
                node.path,
                "There must be 1 to \(Self.linksMax) links; the first that can be filled in is used.")
        }
        return items.compactMap { link($0) }
    }

    private mutating func link(_ node: SettingNode) -> LinkTemplate? {
        guard let text = text(node) else { return nil }
        do throws(LinkTemplateError) { return try LinkTemplate(text) } catch {
            add(node.path, "\"link\" \(error)")
            return nil
        }
    }

    /// Warns of words of a map that are probably mistyped: neither severities of the order nor kinds.
    mutating func doubt(_ map: SeverityMap, at path: String, _ order: SeverityOrder) {
        let known = order.words + EventKind.documented.map(\.name)
        for word in map.severities.keys.sorted() where !known.contains(word) {
            let nearest = NearestName.of(word, among: known)
            warn(
                "\(path).severityMap.\(word)",
                "is neither a word of severityOrder nor a documented kind"
                    + (nearest.map { "; did you mean \"\($0)\"?" } ?? "."))
        }
    }

    /// The most words of a map of severities.
    static let severityMapMax = 64

    /// How bad words of the sender's are: `{ warning: "error" }`.
    mutating func severityMap(_ node: SettingNode?) -> SeverityMap {
        guard let node else { return SeverityMap() }
        guard case .object(let members) = node.value else {
            add(node.path, "Expected an object such as { warning: \"error\" }.")
            return SeverityMap()
        }
        if members.count > Self.severityMapMax {
            add(node.path, "There must be at most \(Self.severityMapMax) words.")
        }
        var severities: [String: IncidentSeverity] = [:]
        for (name, value) in members {
            let member = node.member(name, value)
            let word = name.lowercased()
            if severities[word] != nil {
                add(
                    member.path, "\"\(word)\" is named a second time; upper and lower case count as the same."
                )
            } else if word.isEmpty || word.contains(where: \.isWhitespace) {
                add(member.path, "Expected a word of the sender's, such as warning, or a kind of event.")
            }
            severities[word] = self.word(member, of: IncidentSeverity.self) ?? .critical
        }
        return SeverityMap(severities)
    }
}
