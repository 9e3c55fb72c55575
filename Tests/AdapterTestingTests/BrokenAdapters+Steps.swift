import AdapterKit
import AdapterTesting
import OpenSenseWebhooks

extension BrokenAdapter {
    /// Adapters that are broken in how one step follows another, in what they keep, and in their traits.
    static var steps: [BrokenAdapter] { traits + refusals + kept + crashes }

    private static var traits: [BrokenAdapter] {
        [
            BrokenAdapter(
                "opens nothing", .traits,
                ScriptedAdapter.contract(limits: []) {
                    $0.traits = AdapterTraits(folds: true, actions: [.annotate])
                }),
            BrokenAdapter(
                "refreshes without an interval", .traits,
                ScriptedAdapter.contract {
                    $0.traits = AdapterTraits(folds: true, actions: [.open, .resolve, .refresh])
                }),
            BrokenAdapter(
                "has an interval and refreshes nothing", .traits,
                ScriptedAdapter.contract { $0.traits = AdapterTraits(folds: true, refreshSeconds: 60) }),
            BrokenAdapter(
                "has a secret without a role", .settings,
                ScriptedAdapter.contract(
                    role: .plain,
                    making: { settings throws(AdapterSettingError) in
                        ScriptedAdapter(token: try settings.secret("token"))
                    })),
        ]
    }

    private static var refusals: [BrokenAdapter] {
        [
            BrokenAdapter("takes refused credentials for refused content", .credentials) { response, _ in
                guard case .refused(_, let reason) = response.usualStep(explanation: "m") else {
                    return response.usualStep(explanation: "m")
                }
                return .refused(.content, reason: reason)
            },
            BrokenAdapter("takes every refusal for one of the credentials", .credentials) { response, _ in
                guard case .refused(_, let reason) = response.usualStep(explanation: "m") else {
                    return response.usualStep(explanation: "m")
                }
                return .refused(.credentials, reason: reason)
            },
            BrokenAdapter(
                "reads no body", .hiddenRefusals,
                ScriptedAdapter.contract(hiddenRefusals: [HiddenRefusal(body: #"{"ok":false}"#)])),
        ]
    }

    private static var kept: [BrokenAdapter] {
        [
            BrokenAdapter("keeps a text of the event", .keptTexts) { update, token, _ throws(AdapterError) in
                .send(try ScriptedAdapter.request(update, token), progress: update.event.siteID ?? "none")
            },
            BrokenAdapter("keeps any id that it is given", .keptTexts) { answer, request, _, _, _ in
                let id = JSONBody.decode(answer.body)?["id"]?.text
                guard case .done = answer.usualStep(explanation: "") else {
                    return answer.usualStep(explanation: "m")
                }
                return .done(state: id.map { String($0.filter { $0 != "\0" }) })
            },
            BrokenAdapter("keeps a NUL", .keptTexts) { answer, _, _, _, _ in
                let id = JSONBody.decode(answer.body)?["id"]?.text
                guard case .done = answer.usualStep(explanation: "") else {
                    return answer.usualStep(explanation: "m")
                }
                return .done(state: id.map { String($0.prefix(100)) })
            },
        ]
    }

    private static var crashes: [BrokenAdapter] {
        [
            BrokenAdapter(
                "creates again, where nothing folds", .crashes,
                ScriptedAdapter.contract { $0.traits = AdapterTraits(folds: false) }),
            BrokenAdapter("keeps progress and does not look", .crashes) {
                update, token, _ throws(AdapterError) in
                .send(try ScriptedAdapter.request(update, token), progress: "creating")
            },
            BrokenAdapter(
                "looks before the first attempt alone", .crashes,
                ScriptedAdapter.looking { context in
                    context.progress == nil
                }),
            BrokenAdapter("takes progress for success", .crashes) {
                update, token, context throws(AdapterError) in
                guard context.progress == nil else { return .done() }
                return .send(try ScriptedAdapter.request(update, token), progress: "created")
            },
            BrokenAdapter("asks for the outcome of nothing", .wellFormedRequests) {
                update, token, _ throws(AdapterError) in
                .send(try ScriptedAdapter.request(update, token, purpose: .check))
            },
            BrokenAdapter("never ends", .everyUpdate) { answer, request, _, _, _ in
                guard case .done = answer.usualStep(explanation: "") else {
                    return answer.usualStep(explanation: "m")
                }
                return .send(request)
            },
        ]
    }

    /// Broken in its first step, where the vendor does not fold.
    private init(_ testDescription: String, _ rule: ContractRule, begin: @escaping ScriptedAdapter.Begin) {
        self.init(
            testDescription, rule,
            ScriptedAdapter.contract { adapter in
                adapter.traits = AdapterTraits(folds: rule != .crashes)
                adapter.script = (begin, { answer, _, _, _, _ in answer.usualStep(explanation: "m") })
            })
    }

    /// Broken in a later step.
    private init(_ testDescription: String, _ rule: ContractRule, next: @escaping ScriptedAdapter.Next) {
        self.init(
            testDescription, rule,
            ScriptedAdapter.contract { adapter in
                let begin: ScriptedAdapter.Begin = { update, token, _ throws(AdapterError) in
                    .send(try ScriptedAdapter.request(update, token))
                }
                adapter.script = (begin, next)
            })
    }
}

extension ScriptedAdapter {
    /// The contract of an adapter whose vendor folds nothing, and which looks before it creates whenever
    /// `looks` says so.
    static func looking(_ looks: @escaping @Sendable (AdapterContext) -> Bool) -> AdapterContract {
        contract { adapter in
            adapter.traits = AdapterTraits(folds: false)
            let create: Begin = { update, token, _ throws(AdapterError) in
                .send(try request(update, token), progress: "creating")
            }
            let begin: Begin = { update, token, context throws(AdapterError) in
                guard looks(context) else { return try create(update, token, context) }
                return .send(try request(update, token, method: .get))
            }
            let next: Next = { answer, request, update, token, context throws(AdapterError) in
                guard request.method == .get, case .done = answer.usualStep(explanation: "m") else {
                    return answer.usualStep(explanation: "m")
                }
                guard JSONBody.decode(answer.body)?.items?.isEmpty ?? false else { return .done() }
                return try create(update, token, context)
            }
            adapter.script = (begin, next)
        }
    }
}
