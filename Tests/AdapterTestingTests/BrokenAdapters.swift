import AdapterKit
import AdapterTesting
import OpenSenseWebhooks
import Testing

/// A contract that is broken in one way, and the rule that has to say so.
struct BrokenAdapter: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let rule: ContractRule
    let contract: AdapterContract

    init(_ testDescription: String, _ rule: ContractRule, _ contract: AdapterContract) {
        self.testDescription = testDescription
        self.rule = rule
        self.contract = contract
    }

    /// Broken in how it makes requests.
    init(_ testDescription: String, _ rule: ContractRule, requests: @escaping ScriptedAdapter.Requests) {
        // Without a limit on the body, which a long text would break too.
        let limits: [ContractLimit] = [.text("title", TextLimit(max: 100))]
        self.init(testDescription, rule, ScriptedAdapter.contract(limits: limits) { $0.requests = requests })
    }

    /// Broken in how it judges answers.
    init(_ testDescription: String, _ rule: ContractRule, judge: @escaping ScriptedAdapter.Judge) {
        self.init(testDescription, rule, ScriptedAdapter.contract { $0.judge = judge })
    }

    static var all: [BrokenAdapter] { setup + updates + texts + judgements + identities + secrets + steps }

    private static var setup: [BrokenAdapter] {
        let secret = try? Secret("made up")
        return [
            BrokenAdapter(
                "is made without its token", .settings,
                ScriptedAdapter.contract(making: { settings throws(AdapterSettingError) in
                    guard let secret else { throw AdapterSettingError(setting: "token", "is missing.") }
                    return ScriptedAdapter(token: (try? settings.secret("token")) ?? secret)
                })),
            BrokenAdapter(
                "blames another setting", .settings,
                ScriptedAdapter.contract(making: { settings throws(AdapterSettingError) in
                    guard let token = try? settings.secret("token") else {
                        throw AdapterSettingError(setting: "other", "is missing.")
                    }
                    return ScriptedAdapter(token: token)
                })),
            BrokenAdapter(
                "refuses its example", .settings,
                ScriptedAdapter.contract(making: { _ throws(AdapterSettingError) in
                    throw AdapterSettingError(setting: "token", "is bad.")
                })),
        ]
    }

    private static var updates: [BrokenAdapter] {
        [
            BrokenAdapter("needs a site", .everyUpdate) { update, token throws(AdapterError) in
                guard update.event.siteID != nil else { throw AdapterError("There is no site.") }
                return [try ScriptedAdapter.request(update, token)]
            },
            BrokenAdapter("opens nothing for a report", .everyUpdate) { update, token throws(AdapterError) in
                update.event.kind == .reportReady ? [] : [try ScriptedAdapter.request(update, token)]
            },
            BrokenAdapter("has a relative URL", .wellFormedRequests) { update, token throws(AdapterError) in
                [try ScriptedAdapter.request(update, token, url: "/alerts")]
            },
            BrokenAdapter("has a URL without a host", .wellFormedRequests) {
                update, token throws(AdapterError) in
                [try ScriptedAdapter.request(update, token, url: "https:///alerts")]
            },
            BrokenAdapter("puts an id into its URL", .wellFormedRequests) {
                update, token throws(AdapterError) in
                let url = "https://vendor.example/" + (update.event.siteID ?? "")
                return [try ScriptedAdapter.request(update, token, url: url)]
            },
            BrokenAdapter("encodes an id that is dots", .wellFormedRequests) {
                update, token throws(AdapterError) in
                let base = BaseURL("https://vendor.example")
                let site = (update.event.siteID ?? "").hasPrefix("..") ? ".." : "s"
                return [try ScriptedAdapter.request(update, token, url: base?.url(site) ?? "")]
            },
            BrokenAdapter("sends texts in a header", .wellFormedRequests) {
                update, token throws(AdapterError) in
                [try ScriptedAdapter.request(update, token, fields: [.init("X-Title", update.title)])]
            },
            BrokenAdapter("names a header badly", .wellFormedRequests) { update, token throws(AdapterError) in
                [try ScriptedAdapter.request(update, token, fields: [.init("X Title", "t")])]
            },
            BrokenAdapter("sets the length", .wellFormedRequests) { update, token throws(AdapterError) in
                [try ScriptedAdapter.request(update, token, fields: [.init("content-length", "1")])]
            },
            BrokenAdapter("writes JSON by hand", .wellFormedRequests) { update, token throws(AdapterError) in
                [
                    try ScriptedAdapter.request(
                        update, token,
                        body: Array(
                            """
                            {"name":"\(update.key.vendorKey(charactersMax: 200))",\
                            "title":"\(TextLimit(max: 100).cutLine(update.title))"}
                            """.utf8))
                ]
            },
        ]
    }

    private static var texts: [BrokenAdapter] {
        func titled(_ name: String, _ title: @escaping @Sendable (String) -> String) -> BrokenAdapter {
            BrokenAdapter(name, .textLimits) { update, token throws(AdapterError) in
                [try ScriptedAdapter.request(update, token, title: title(update.title))]
            }
        }
        return [
            titled("cuts nothing") { $0 },
            titled("counts characters") { $0.count > 100 ? $0.prefix(99) + "…" : $0 },
            titled("cuts one too many") { $0.utf16.count >= 100 ? TextLimit(max: 100).cut($0 + "….") : $0 },
            titled("tears characters") { text in
                text.utf16.count > 100 ? String(decoding: text.utf16.prefix(99), as: UTF16.self) + "…" : text
            },
            titled("cuts what would fit") { TextLimit(max: 99).cut($0) },
            BrokenAdapter(
                "has a limit that is nowhere", .textLimits,
                ScriptedAdapter.contract(limits: [.text("titel", TextLimit(max: 100))])),
            BrokenAdapter(
                "is too large", .textLimits, ScriptedAdapter.contract(limits: [.body(bytesMax: 200)])),
            BrokenAdapter(
                "has too much text in all", .textLimits,
                ScriptedAdapter.contract(limits: [.totalText("extra", unitsMax: 10)]) { adapter in
                    adapter.requests = { update, token throws(AdapterError) in
                        [try ScriptedAdapter.request(update, token, extra: .object(update.details))]
                    }
                }),
            BrokenAdapter(
                "has too many items", .textLimits,
                ScriptedAdapter.contract(limits: [.items("extra", countMax: 20)]) { adapter in
                    adapter.requests = { update, token throws(AdapterError) in
                        let names = update.details.sortedByName.map { JSONValue.string($0.name) }
                        return [try ScriptedAdapter.request(update, token, extra: .array(names))]
                    }
                }),
        ]
    }

    private static var judgements: [BrokenAdapter] {
        func judged(_ name: String, _ statuses: ClosedRange<Int>, _ step: AdapterStep) -> BrokenAdapter {
            BrokenAdapter(name, .statuses) { response, _ in
                statuses.contains(response.status) ? step : response.usualStep(explanation: "m")
            }
        }
        func waiting(_ name: String, _ change: @escaping @Sendable (RetryAfter?) -> RetryAfter?)
            -> BrokenAdapter
        {
            BrokenAdapter(name, .retryAfter) { response, _ in
                let step = response.usualStep(explanation: "m")
                guard case .retry(let after, let reason) = step else { return step }
                return .retry(after: change(after), reason: reason)
            }
        }
        func saying(_ name: String, _ reason: String) -> BrokenAdapter {
            BrokenAdapter(name, .reasons) { response, _ in
                (200...299).contains(response.status)
                    ? .done()
                    : [408, 425, 429].contains(response.status) || response.status >= 500
                        ? .retry(after: response.retryAfter, reason: reason)
                        : .refused(
                            (401...403).contains(response.status) ? .credentials : .content, reason: reason)
            }
        }
        return [
            judged("gives up at 429", 429...429, .refused(.content, reason: "r")),
            judged("gives up at 408", 408...408, .refused(.content, reason: "r")),
            judged("gives up at 503", 503...503, .refused(.content, reason: "r")),
            judged("takes 599 for a success", 599...599, .done()),
            judged("refuses a 204", 204...204, .refused(.content, reason: "r")),
            judged("tries a 404 again", 404...404, .retry(after: nil, reason: "r")),
            judged("takes a redirect for a success", 302...302, .done()),
            judged("takes a conflict for a success", 409...409, .done()),
            waiting("ignores Retry-After") { _ in nil },
            waiting("waits a minute at most") {
                $0.map { .seconds(min($0.secondsToWait(at: 784_111_657), 60)) }
            },
            waiting("knows one form of Retry-After") { if case .unixTime? = $0 { nil } else { $0 } },
            saying("says nothing", " "), saying("breaks the line", "a\nb"),
            saying("says it at length", String(repeating: "r", count: 500)),
        ]
    }

    private static var identities: [BrokenAdapter] {
        func named(_ name: String, _ text: @escaping @Sendable (IncidentUpdate) -> String) -> BrokenAdapter {
            BrokenAdapter(name, .stableKey) { update, token throws(AdapterError) in
                [try ScriptedAdapter.request(update, token, name: text(update))]
            }
        }
        return [
            BrokenAdapter("rolls dice", .sameBytes) { update, token throws(AdapterError) in
                [
                    try ScriptedAdapter.request(
                        update, token, extra: .string("\(UInt64.random(in: 0 ... .max))"))
                ]
            },
            BrokenAdapter("shows the order of a dictionary", .sameBytes) {
                update, token throws(AdapterError) in
                var order = Dictionary<String, Int>(minimumCapacity: update.details.count)
                for (name, _) in update.event.fields { order[name] = order.count }
                let names = order.keys.joined(separator: ",") + "\(UInt8.random(in: 0...255))"
                return [try ScriptedAdapter.request(update, token, extra: .string(names))]
            },
            named("names the incident after the event") { $0.event.id ?? "none" },
            named("has one name for all") { _ in "incident" },
            named("lets parts run together") {
                [$0.event.siteID, $0.event.deviceID, $0.event.channelID].compactMap(\.self).joined(
                    separator: "/")
            },
            named("cuts a long name") { String($0.key.text.prefix(200)) },
            named("names each step") { "\($0.key.text) \($0.action)" },
        ]
    }

    private static var secrets: [BrokenAdapter] {
        [
            BrokenAdapter(
                "describes itself with its token", .secrets,
                ScriptedAdapter.contract { $0.description = "token \($0.token.revealedText())" }),
            BrokenAdapter("declares no secret", .secrets) { update, token throws(AdapterError) in
                [try ScriptedAdapter.request(update, token, secrets: [])]
            },
            BrokenAdapter("repeats the vendor's words", .secrets) { response, _ in
                response.usualStep(
                    explanation: TextLimit(max: 100).cutLine(
                        String(decoding: response.body, as: UTF8.self)))
            },
            BrokenAdapter("masks after cutting", .secrets) { response, request in
                let words = String(decoding: response.body, as: UTF8.self)
                return response.usualStep(
                    explanation: request.mask(TextLimit(max: 295).cutLine(words)))
            },
            BrokenAdapter(
                "shows the token that it refuses", .secrets,
                ScriptedAdapter.contract(making: { settings throws(AdapterSettingError) in
                    let token = try settings.secret("token")
                    guard token.revealedText() == ScriptedAdapter.exampleToken else {
                        throw AdapterSettingError(setting: "token", "is not \(token.revealedText()).")
                    }
                    return ScriptedAdapter(token: token)
                })),
        ]
    }
}
