internal import OpenSenseWebhooks
internal import RelayCore
internal import RelayStorage

/// The options that say which rows of a store are meant.
enum DeskFilterOptions {
    static let timeOptions: [CommandHelp.Option] = [
        .init(
            name: "--since", value: "TIME",
            summary: "Received at or after: a time such as 2026-05-17T08:10:00Z, or an age such as 12h or 7d."
        ),
        .init(name: "--until", value: "TIME", summary: "Received before."),
    ]

    static let options =
        timeOptions + [
            .init(name: "--site", value: "ID", summary: "Of the site with this id."),
            .init(name: "--device", value: "ID", summary: "Of the device with this id."),
            .init(
                name: "--kind", value: "KIND", summary: "Of this kind; alarm_* is every kind that begins so."),
            .init(name: "--state", value: "STATE", summary: "In this state, as list shows it."),
            .init(name: "--to", value: "DESTINATION", summary: "For this destination."),
        ]

    static let names = options.map(\.name)

    /// The states that there are.
    private static let states =
        JobState.allCases.map(\.rawValue) + DeliveryState.allCases.map(\.rawValue) + [DeskFilter.retrying]

    /// The kinds that are documented.
    private static let kinds = EventKind.documented.map(\.name)

    static func filter(_ arguments: ParsedArguments, _ help: CommandHelp) throws(CommandError) -> DeskFilter {
        var filter = DeskFilter()
        filter.since = try moment("--since", arguments, help)
        filter.until = try moment("--until", arguments, help)
        if let since = filter.since, let until = filter.until, since >= until {
            throw ParsedArguments.usage(help, "--since is not before --until.")
        }
        filter.site = arguments.value("--site")
        filter.device = arguments.value("--device")
        filter.kind = arguments.value("--kind")
        filter.destination = arguments.value("--to")
        filter.state = arguments.value("--state")
        if let state = filter.state, !states.contains(state) {
            throw unknown("state", state, among: Set(states).sorted(), help)
        }
        return filter
    }

    /// Refuses names that neither the documentation nor the store knows: they would find nothing.
    ///
    /// A destination that nothing was for yet is none of the store's: a name is refused only where it is
    /// near to another one, and else said to be none on standard error.
    ///
    /// - Parameter configured: The destinations of the configuration, where one is given.
    static func checkNames(
        _ filter: DeskFilter, in desk: StoreDesk, configured: [String], _ help: CommandHelp
    ) throws(CommandError) {
        do {
            if let kind = filter.kind, !isDocumented(kind), try !desk.hasKind(kind) {
                throw unknown("kind", kind, among: kinds, help)
            }
            if let name = filter.destination, !configured.contains(name), try !desk.hasDestination(name) {
                try checkDestination(name, among: Set(configured + desk.destinations()).sorted(), help)
            }
        } catch let error as CommandError {
            throw error
        } catch { throw CommandError(.unavailable, "\(error)") }
    }

    private static func isDocumented(_ kind: String) -> Bool {
        kind.hasSuffix("*")
            ? kinds.contains { $0.hasPrefix(kind.dropLast()) } : kinds.contains(kind)
    }

    private static func checkDestination(
        _ name: String, among names: [String], _ help: CommandHelp
    ) throws(CommandError) {
        guard NearestName.of(name, among: names) == nil else {
            throw unknown("destination", name, among: names, help)
        }
        guard let note = noDestination(name, among: names) else { return }
        Terminal.error(note + "\n")
    }

    /// That nothing in the store is for a destination, and for which there is; nil where it is empty.
    static func noDestination(_ name: String, among names: [String]) -> String? {
        guard !names.isEmpty else { return nil }
        let names = names.map(Terminal.plain).joined(separator: ", ")
        return "No update is for \(Terminal.plain(String(name.prefix(40)))); there are some for \(names)."
    }

    private static func unknown(
        _ what: String, _ name: String, among names: [String], _ help: CommandHelp
    ) -> CommandError {
        let nearest = NearestName.of(name, among: names).map { "; did you mean \(Terminal.plain($0))?" }
        return ParsedArguments.usage(
            help,
            "There is no \(what) \(Terminal.plain(String(name.prefix(40))))"
                + (nearest ?? "; there are \(names.map(Terminal.plain).joined(separator: ", "))."))
    }

    private static func moment(
        _ name: String, _ arguments: ParsedArguments, _ help: CommandHelp
    ) throws(CommandError) -> WallTime? {
        guard let text = arguments.value(name) else { return nil }
        if let milliseconds = age(text) { return Live.wallTime().adding(milliseconds: -milliseconds) }
        // What lists print, and days, are in UTC.
        for zoned in [text, text + "Z", text + "T00:00:00Z"] {
            if let time = EventTime(zoned) { return WallTime(unixMilliseconds: time.unixMilliseconds) }
        }
        throw ParsedArguments.usage(
            help,
            "\(name) takes a time such as 2026-05-17T08:10:00Z, or an age such as 30m, 12h or 7d, not "
                + "\(Terminal.plain(String(text.prefix(40)))).")
    }

    private static let centurySeconds = 36_525 * 86_400

    /// The milliseconds of an age such as `12h`; nil for what is none, or longer than a century.
    private static func age(_ text: String) -> Int? {
        let seconds = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ seconds[String($0)] }), let count = Int(text.dropLast()),
            (0...centurySeconds / unit).contains(count)
        else { return nil }
        return count * unit * 1_000
    }
}
