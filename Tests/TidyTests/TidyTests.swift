import Foundation
import Testing

/// The rules of the house that no compiler checks, read off the sources themselves.
@Suite struct `The sources` {
    struct Source: CustomTestStringConvertible {
        let path: String
        let lines: [Substring]
        let text: SourceText
        var testDescription: String { path }

        /// The lines of code: what is neither empty nor a comment.
        var code: [(number: Int, text: Substring)] {
            lines.enumerated().map { ($0 + 1, $1) }.filter { !$1.drop { $0 == " " }.hasPrefix("//") }
        }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let all: [Source] = ["Sources", "Adapters", "Tests"].flatMap { folder -> [Source] in
        let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
        return (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }.sorted().map {
            file in
            let path = "\(folder)/\(file)"
            let text = (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
            return Source(
                path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false),
                text: SourceText(text))
        }
    }

    static func under(_ folders: String...) -> [Source] {
        all.filter { source in folders.contains { source.path.hasPrefix($0) } }
    }

    /// Every place where `pattern` stands in a line of code.
    static func places(of pattern: String, in sources: [Source]) -> [String] {
        sources.flatMap { source in
            source.code.filter { $0.text.contains(pattern) }.map { "\(source.path):\($0.number)" }
        }
    }

    @Test func `are there`() { #expect(Self.all.count > 100) }

    @Test func `keep files under 400 lines`() {
        #expect(Self.all.filter { $0.lines.count > 400 }.map(\.path) == [])
    }

    @Test func `keep functions at 70 lines`() {
        let long = Self.all.flatMap { source in
            source.text.functions().filter { $0.lines > 70 }.map { "\(source.path):\($0.line)" }
        }
        #expect(long == [])
        #expect(Self.all.map { $0.text.functions().count }.reduce(0, +) > 2_000, "functions are found")
    }

    /// The formatter breaks code and leaves comments as they are.
    ///
    /// Snippets are shown without their indentation, which a line may therefore exceed.
    @Test func `keep comments within the line length`() {
        let sources = Self.all.filter { !$0.path.contains("/DocumentationTests/Snippets/") }
        let long = sources.flatMap { source in
            source.lines.enumerated().filter {
                $1.utf8.count > 110 && $1.count > 110 && $1.contains(#/^ *//|  // /#)
            }
            .map { "\(source.path):\($0.offset + 1)" }
        }
        #expect(long == [])
    }

    static let pure = under(
        "Sources/OpenSenseWebhooks", "Sources/AdapterKit", "Sources/AdapterTesting", "Sources/RelayCore",
        "Sources/OpenSenseRelay", "Adapters"
    ).filter { !$0.path.contains("/Tests/") && !theClock.contains($0.path) && !$0.path.hasPrefix(hosts) }

    /// Where the command line reaches the process, its files and its clock.
    static let hosts = "Sources/OpenSenseRelay/Hosts/"

    /// Where the library itself reaches the system's clock and starts a task, so that those who link it need
    /// not.
    static let theClock = [
        "Sources/OpenSenseWebhooks/Receiving/ReceiverClock.swift",
        "Sources/OpenSenseWebhooks/Receiving/BackgroundTask.swift",
    ]

    static let effects = [
        "Date()", "Date.now", "Task.sleep", "UUID()", ".random(in", "getenv", "ProcessInfo", "FileManager",
        "Data(contentsOf", "clock_gettime", "Glibc", "socket(", "SystemRandomNumberGenerator", "Task {",
        "Task.detached", "print(",
    ]

    @Test(arguments: effects) func `keep effects out of the pure modules`(_ effect: String) {
        #expect(Self.places(of: effect, in: Self.pure) == [])
    }

    /// Words of a tale: technical documentation names who acts and which bound holds.
    static let talePhrases = [
        "nobody", "somebody", "anybody", "everybody", "whoever", "whomever", "told", "tell", "tells",
        "telling",
        "of its own", "of their own", "of his own", "of our own", "of one's own", "for all we know",
        "and some more", "let win", "hand over", "hands over", "handed over", "in vain", "on the way out",
        "in his right mind", "out of bed", "since ever", "for order", "own affair", "at hand", "in silence",
    ]

    /// The phrases by their first word.
    static let talesByFirstWord = Dictionary(
        grouping: talePhrases.map(SourceText.words), by: { $0.first ?? "" })

    /// The first of the phrases that `text` holds, as whole words and not within longer ones.
    static func tale(in text: String) -> String? {
        let words = SourceText.words(text)
        for index in words.indices {
            for phrase in talesByFirstWord[words[index]] ?? [] where words[index...].starts(with: phrase) {
                return phrase.joined(separator: " ")
            }
        }
        return nil
    }

    @Test func `document facts in plain words`() {
        let places = Self.all.flatMap { source in
            (source.text.comments.map { ($0.line, $0.text) }
                + source.text.rawIdentifiers.map { ($0.line, $0.text) })
                .compactMap { (line, text) in Self.tale(in: text).map { "\(source.path):\(line): \($0)" } }
        }
        #expect(places == [])
    }

    @Test func `may hold a banned word within a longer one`() {
        #expect(Self.tale(in: "It is told.") == "told")
        #expect(Self.tale(in: "a clock of its own") == "of its own")
        #expect(Self.tale(in: "untold intellectuals, of its owner") == nil)
    }

    /// Milliseconds and seconds, wall time and steady time are then distinguished by the compiler.
    @Test func `pass moments as types, not as numbers`() {
        let moment =
            /[(,]\s*(?:\w+\s+)?(?:now|at|time|moment|until|since|\w+At|\w+Until|\w+Since|\w+Time)(?:\s+\w+)?\s*:\s*Int\b/
        let sources = Self.under("Sources/RelayCore", "Sources/RelayStorage", "Sources/OpenSenseRelay")
        for source in sources {
            let code = String(decoding: source.text.code, as: UTF8.self)
            let places = code.matches(of: moment).map { "\(source.path): \(code[$0.range])" }
            #expect(places == [])
        }
    }

    static let states = [
        "pending", "leased", "stuck", "dead", "delivered", "dead-letter", "discarded", "replaced",
    ]

    /// SQL apart, they are cases of `JobState` and `DeliveryState`.
    @Test func `spell states in their enumerations alone`() {
        let allowed = ["/JobState.swift", "/DeliveryState.swift", "/TidyTests.swift"]
        let places = Self.all.filter { source in !allowed.contains { source.path.hasSuffix($0) } }
            .flatMap { source in
                source.text.literals.filter { !$0.isMultiline && Self.states.contains($0.text) }
                    .filter {
                        // Verdicts and troubles are called so, too.
                        !(["/Acceptance.swift", "/Trouble.swift"].contains(where: source.path.hasSuffix)
                            && $0.text == "dead-letter")
                    }
                    .map { "\(source.path):\($0.line)" }
            }
        #expect(places == [])
    }

    static let banned = ["try!", "as!", "fileprivate ", "TODO", "FIXME", "XXX"]

    @Test func `hold nothing that hides a fault or puts it off`() {
        let sources = Self.under("Sources", "Adapters")
        for pattern in Self.banned {
            #expect(Self.places(of: pattern, in: sources) == [], "\(pattern)")
        }
    }

    @Test func `reach C from Signing and the hosts only`() {
        let hosts = [
            "Signing", "HTTPServer", "HTTPClient", "RelayStorage", "SystemThreads", "GroupCommit",
            "SQLiteClient",
            "PostgreSQLClient", "OpenSenseRelay/Hosts",
        ]
        for module in [
            "CLibCrypto", "CLibSSL", "CLinux", "CLibCurl", "CSQLite", "CLibPQ", "Glibc", "Dispatch",
        ] {
            for place in Self.places(of: "import \(module)", in: Self.under("Sources", "Adapters")) {
                #expect(hosts.contains { place.hasPrefix("Sources/\($0)/") }, "\(place)")
            }
        }
    }

    @Test func `keep the library to libcrypto and FoundationEssentials`() {
        let own = ["OpenSenseWebhooks", "Signing", "HeaderFields", "ASCIIBytes"]
        let allowed = own + ["FoundationEssentials", "CLibCrypto", "Synchronization"]
        for source in own.flatMap({ Self.under("Sources/\($0)") }) {
            for line in source.code where line.text.contains("import ") && !line.text.contains("\"") {
                let module = line.text.split(separator: " ").last ?? ""
                // Apple's systems have neither of the two.
                let isElsewhere =
                    source.path.contains("/CryptoKit/")
                    || line.number > 1 && source.lines[line.number - 2].hasSuffix("#else")
                let isAllowed =
                    allowed.contains(String(module))
                    || isElsewhere && ["CryptoKit", "Foundation"].contains(String(module))
                #expect(isAllowed, "\(source.path):\(line.number)")
            }
        }
    }

    /// Its time grows with values times depth, and it loses details, such as repeated names.
    @Test func `read what others send without Foundation's decoder`() {
        let sources =
            Self.under("Sources/OpenSenseWebhooks", "Sources/AdapterKit", "Sources/RelayCore")
            + Self.under("Adapters").filter { !$0.path.contains("/Tests/") }
        for coder in ["JSONDecoder", "JSONEncoder"] { #expect(Self.places(of: coder, in: sources) == []) }
    }

    @Test func `give adapters the public API alone`() {
        let adapters = Self.under("Adapters")
        #expect(Self.places(of: "@testable", in: adapters) == [])
        #expect(Self.places(of: "package ", in: adapters) == [])
    }

    /// The vendors: the folders but that of the adapter for any receiver, whose name is a common word.
    static let vendors = folders.filter { $0 != "webhook" }

    /// The names of the folders, as they stand in code (`pagerduty`) and in texts (`PagerDuty`).
    static let folders =
        (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Adapters").path))?
        .filter { !$0.hasPrefix(".") }.map { $0.lowercased() }.sorted() ?? []

    /// What of the vendor-neutral modules may name a vendor: in guides, what operators of that vendor need.
    static let textsWithVendors = [
        "Sources/OpenSenseRelay/OpenSenseRelay.docc/Operating.md": [
            "PagerDuty finds an incident only by the key that opened it",
            "PagerDuty's 120 requests a minute are counted by each relay",
        ]
    ]

    /// The vendors that `text` names outside of the `allowed` passages.
    static func vendors(in text: String, except allowed: [String] = []) -> [String] {
        let rest = allowed.reduce(text) { $0.replacingOccurrences(of: $1, with: "") }.lowercased()
        return vendors.filter(rest.contains)
    }

    @Test(arguments: ["Sources/VendorSandbox", "Sources/OpenSenseRelay"])
    func `know no vendor by name outside of its folder`(_ folder: String) throws {
        let files = FileManager.default.enumerator(atPath: Self.root.appending(path: folder).path)
        let paths = (files?.compactMap { $0 as? String } ?? []).map { "\(folder)/\($0)" }
            .filter { $0.hasSuffix(".swift") || $0.hasSuffix(".md") }
        #expect(paths.count > 5)
        for path in paths {
            let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
            let allowed = Self.textsWithVendors[path] ?? []
            #expect(Self.vendors(in: text, except: allowed) == [], "\(path)")
            #expect(allowed.allSatisfy(text.contains), "\(path) has lost a passage that may name a vendor")
        }
    }

    @Test func `would be found to name a vendor`() throws {
        let (first, last) = (try #require(Self.vendors.first), try #require(Self.vendors.last))
        #expect(first != last)
        #expect(Self.vendors(in: "case \(first.uppercased())Emulator") == [first])
        #expect(Self.vendors(in: "\(last) only, and \(first)", except: ["\(last) only"]) == [first])
        #expect(Self.vendors(in: "any vendor") == [])
    }

    /// A vendor's line stands in two places: `adapters` of the manifest, and the list of StandardAdapters.
    @Test func `list every folder of an adapter`() throws {
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let list = try #require(manifest.components(separatedBy: "let adapters = [").dropFirst().first)
            .prefix { $0 != "]" }.lowercased()
        let names = list.split(separator: ",").map { $0.filter { $0.isLetter || $0.isNumber } }.sorted()
        #expect(names == Self.folders)
        let adapters = Self.under("Sources/StandardAdapters/").flatMap(\.code)
            .filter { $0.text.contains("import ") && $0.text.hasSuffix("Adapter") }
        #expect(adapters.count == Self.folders.count)
    }

    @Test func `keep the executable to a call, so that another with more adapters is as short`() {
        let executable = Self.under("Sources/opensense-relay/")
        #expect(executable.map(\.path) == ["Sources/opensense-relay/main.swift"])
        #expect(executable.flatMap(\.code).count { !$0.text.isEmpty } == 3)
    }

    @Test func `use no Swift package`() throws {
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        #expect(!manifest.contains(".package("))
    }

    /// The compiler accepts an unknown feature without a warning, so a typing error would switch a check off.
    @Test func `switch on features that exist`() throws {
        let known: Set = [
            "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility",
            "InferIsolatedConformances",
            "NonisolatedNonsendingByDefault", "ImmutableWeakCaptures",
        ]
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let used = manifest.components(separatedBy: "enableUpcomingFeature(\"").dropFirst()
            .compactMap { $0.components(separatedBy: "\"").first }
        #expect(Set(used) == known)
    }
}
