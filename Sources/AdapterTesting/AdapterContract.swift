public import AdapterKit
internal import OpenSenseWebhooks

/// Tries an adapter on everything that can reach it, and lists the rules it breaks.
///
/// It needs no network and no test framework; with Swift Testing:
///
/// ```swift
/// @Test func `the adapter keeps the contract`() {
///     let contract = AdapterContract(
///         PagerDuty.type, settings: ["routingKey": "0123456789abcdef0123456789abcdef"],
///         limits: [.text("payload.summary", TextLimit(max: 1_024))],
///         incidentName: { AdapterContract.text("dedup_key", in: $0) })
///     #expect(contract.violations() == [])
/// }
/// ```
public struct AdapterContract: Sendable {
    /// The type it is the contract of.
    public let type: AdapterType
    let settings: [String: String]
    let limits: [ContractLimit]
    let statusesTakenForDone: Set<Int>
    let answer: @Sendable (OutboundRequest) -> VendorResponse
    let hiddenRefusals: [HiddenRefusal]
    let incidentName: (@Sendable (OutboundRequest) -> String?)?

    /// The contract of one type of adapter.
    ///
    /// - Parameters:
    ///   - type: What the relay knows of the adapter.
    ///   - settings: An example of every setting that has no default. Secrets should look like real ones and
    ///     be none; they must not occur in a request by chance, so take at least 8 characters.
    ///   - limits: The vendor's limits on its requests.
    ///   - statusesTakenForDone: Statuses from 400 to 499 by which this vendor says that nothing is left to
    ///     do, such as a 409 for what is resolved already.
    ///   - hiddenRefusals: Examples of a 2xx by which this vendor says no.
    ///   - answer: How the vendor answers a request of the adapter's that it accepts, while it has nothing of
    ///     ours yet: with the id that the adapter keeps, for example.
    ///   - incidentName: Where a request names its incident; nil when the vendor has no name of our choice.
    public init(
        _ type: AdapterType, settings: [String: String], limits: [ContractLimit] = [],
        statusesTakenForDone: Set<Int> = [], hiddenRefusals: [HiddenRefusal] = [],
        answer: @escaping @Sendable (OutboundRequest) -> VendorResponse = { _ in VendorResponse(status: 202)
        },
        incidentName: (@Sendable (OutboundRequest) -> String?)? = nil
    ) {
        self.type = type
        self.settings = settings
        self.limits = limits
        self.statusesTakenForDone = statusesTakenForDone
        self.hiddenRefusals = hiddenRefusals
        self.answer = answer
        self.incidentName = incidentName
    }

    /// Every violation of `rules`; empty when the contract is kept.
    ///
    /// A fault is named once, where it shows first, with the number of the other places.
    ///
    /// It takes some seconds, most of them for events of a megabyte.
    public func violations(of rules: Set<ContractRule> = Set(ContractRule.allCases)) -> [ContractViolation] {
        let adapter: any IncidentAdapter
        do {
            adapter = try made(settings)
        } catch {
            return [ContractViolation(.settings, "The example settings are refused: \(error).")]
        }
        let all = trials.filter { !rules.isDisjoint(with: $0.rules) }.flatMap { $0.run(adapter) }
        return ContractViolation.merged(all.filter { rules.contains($0.rule) })
    }

    /// What is tried, and the rules that it can find broken.
    private var trials: [(rules: Set<ContractRule>, run: (any IncidentAdapter) -> [ContractViolation])] {
        [
            ([.settings], { _ in settingViolations() }),
            ([.everyUpdate, .wellFormedRequests, .textLimits, .keptTexts], updateViolations),
            ([.traits], traitViolations),
            ([.statuses, .credentials, .hiddenRefusals, .retryAfter, .reasons], answerViolations),
            ([.sameBytes], sameBytesViolations),
            ([.stableKey], keyViolations),
            ([.keptTexts], keptAnswerViolations),
            ([.crashes], crashViolations),
            ([.secrets], secretViolations),
        ]
    }

    /// The first text at `path` (see ``ContractLimit/text(_:_:)``) in the JSON body of `request`.
    public static func text(_ path: String, in request: OutboundRequest) -> String? {
        JSONPath(path).texts(in: JSONBody.decode(request.body)).first
    }

    /// An adapter made from `values` and the defaults.
    func made(_ values: [String: String]) throws(AdapterSettingError) -> any IncidentAdapter {
        var texts: [String: String] = [:]
        var secrets: [String: Secret] = [:]
        for setting in type.settings {
            guard let value = values[setting.name] ?? setting.defaultValue else { continue }
            if setting.isSecret {
                secrets[setting.name] = try? Secret(value)
            } else {
                texts[setting.name] = value
            }
        }
        return try type.make(AdapterSettings(texts: texts, secrets: secrets))
    }

    /// The secrets among the example settings.
    var secretTexts: [String] {
        type.settings.filter(\.isSecret).compactMap { settings[$0.name] }.filter { !$0.isEmpty }
    }

    private func traitViolations(_ adapter: any IncidentAdapter) -> [ContractViolation] {
        let traits = adapter.traits
        var violations: [ContractViolation] = []
        if !traits.actions.contains(.open) {
            violations.append(.init(.traits, "It does not open incidents."))
        }
        if traits.actions.contains(.refresh) != (traits.refreshSeconds ?? 0 > 0) {
            violations.append(.init(.traits, "A refresh has no interval, or an interval no refresh."))
        }
        return violations
    }

    private func settingViolations() -> [ContractViolation] {
        var violations = type.settings.filter { $0.isSecret && $0.role == .plain }.map {
            ContractViolation(.settings, "The secret \($0.name) neither identifies nor authenticates.")
        }
        for setting in type.settings where setting.defaultValue == nil {
            var values = settings
            values[setting.name] = nil
            do {
                _ = try made(values)
                violations.append(
                    .init(
                        .settings, "Without \(setting.name), which has no default, it is made all the same."))
            } catch  where error.setting != setting.name {
                violations.append(
                    .init(.settings, "Without \(setting.name) the error names \(error.setting)."))
            } catch {}
        }
        return violations
    }
}
