internal import AdapterKit

/// What the statuses of a receiver mean, where its owner says so.
struct WebhookStatuses {
    private let done: Set<Int>?
    private let retry: Set<Int>
    private let refused: Set<Int>

    /// The lists as the settings have them; empty ones change nothing.
    ///
    /// - Throws: ``AdapterSettingError`` for a list that is malformed, could lose an alarm, or disagrees with
    ///   another.
    init(done: String, retry: String, refused: String) throws(AdapterSettingError) {
        let doneList = try StatusList(done, WebhookSettings.Name.doneStatuses, bounds: .done)
        let retryList = try StatusList(retry, WebhookSettings.Name.retryStatuses, bounds: .retry)
        let refusedList = try StatusList(refused, WebhookSettings.Name.refusedStatuses, bounds: .refused)
        for (one, other) in [(doneList, retryList), (doneList, refusedList), (retryList, refusedList)] {
            guard let common = one.statuses.intersection(other.statuses).min() else { continue }
            throw AdapterSettingError(setting: other.setting, "has \(common), which \(one.setting) has, too.")
        }
        self.done = doneList.statuses.isEmpty ? nil : doneList.statuses
        self.retry = retryList.statuses
        self.refused = refusedList.statuses
        guard (200...299).contains(where: isDone) else {
            throw AdapterSettingError(
                setting: doneList.setting, "leaves no 2xx that is a success: nothing would ever be delivered."
            )
        }
    }

    /// What an answer means.
    ///
    /// A 2xx that is in no list, where there is a list of successes, is tried again: it may be a proxy's. An
    /// address that is not there is refused like a credential, as it may have a token.
    func step(_ answer: VendorResponse, explanation: String) -> AdapterStep {
        let status = answer.status
        let reason = explanation.isEmpty ? "status \(status)" : "status \(status): \(explanation)"
        if refused.contains(status) {
            return .refused((401...403).contains(status) ? .credentials : .content, reason: reason)
        }
        if isDone(status) { return .done() }
        if retry.contains(status) || (200...299).contains(status) {
            return .retry(after: answer.retryAfter, reason: reason)
        }
        return answer.usualStep(explanation: explanation, isAddressCredential: true)
    }

    private func isDone(_ status: Int) -> Bool {
        guard !retry.contains(status), !refused.contains(status) else { return false }
        return done?.contains(status) ?? (200...299).contains(status)
    }
}

/// A list of statuses such as `200-299, 409`.
private struct StatusList {
    let setting: String
    let statuses: Set<Int>

    /// What a list may hold, so that no setting loses an alarm.
    enum Bounds {
        /// No redirect, no refused credentials, and nothing that may pass.
        case done
        /// All answers.
        case retry
        /// Nothing that may pass.
        case refused

        func allows(_ status: Int) -> Bool {
            let mayPass = [408, 425, 429].contains(status) || status >= 500
            return switch self {
            case .done: !mayPass && !(300...399).contains(status) && ![401, 402, 403, 407].contains(status)
            case .retry: true
            case .refused: !mayPass
            }
        }

        var words: String {
            switch self {
            case .done: "200 to 299 and of 400 to 499 all but 401, 402, 403, 407, 408, 425 and 429"
            case .retry: "200 to 599"
            case .refused: "200 to 499 but 408, 425 and 429"
            }
        }
    }

    init(_ text: String, _ setting: String, bounds: Bounds) throws(AdapterSettingError) {
        self.setting = setting
        guard text.utf8.count <= WebhookLimits.statusListBytesMax else {
            throw AdapterSettingError(
                setting: setting, "is longer than \(WebhookLimits.statusListBytesMax) bytes.")
        }
        var statuses: Set<Int> = []
        for word in WebhookSettings.words(text) {
            guard let range = Self.range(word) else {
                throw AdapterSettingError(
                    setting: setting, "must be statuses and ranges of them, such as 200-299, 409.")
            }
            statuses.formUnion(range)
        }
        guard statuses.allSatisfy(bounds.allows) else {
            throw AdapterSettingError(setting: setting, "may have no other statuses than \(bounds.words).")
        }
        self.statuses = statuses
    }

    private static func range(_ word: String) -> ClosedRange<Int>? {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false).map(status)
        guard (1...2).contains(ends.count), let first = ends.first ?? nil, let last = ends.last ?? nil,
            first <= last
        else { return nil }
        return first...last
    }

    /// Three digits, 200 to 599.
    private static func status(_ text: Substring) -> Int? {
        guard text.utf8.count == 3, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let status = Int(text), (200...599).contains(status)
        else { return nil }
        return status
    }
}
