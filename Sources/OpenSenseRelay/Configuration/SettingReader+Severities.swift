internal import RelayCore

extension SettingReader {
    /// Which severity is worse: the words from the least, and the one that stands in for what is missing.
    ///
    /// Without a word for that it is `alarm` where the order has it, and the worst otherwise.
    mutating func severities(_ order: SettingNode?, standard: SettingNode?) -> SeverityOrder {
        let usual = SeverityOrder()
        let words = order.map { severityWords($0) } ?? usual.words
        guard !words.isEmpty else { return usual }
        let fallback = words.contains(usual.standard) ? usual.standard : words[words.count - 1]
        guard let standard, let word = text(standard)?.lowercased() else {
            return SeverityOrder(words, standard: fallback)
        }
        if !words.contains(word) {
            add(standard.path, "Expected one of the words of the order: \(words.joined(separator: ", ")).")
        }
        return SeverityOrder(words, standard: word)
    }

    /// The words in lower case; those that are right.
    private mutating func severityWords(_ node: SettingNode) -> [String] {
        guard let items = items(node) else { return [] }
        if !(1...SeverityOrder.wordsMax).contains(items.count) {
            add(node.path, "There must be 1 to \(SeverityOrder.wordsMax) words, the least severe first.")
        }
        var words: [String] = []
        for item in items {
            guard let word = text(item)?.lowercased() else { continue }
            if !(1...SeverityOrder.wordBytesMax).contains(word.utf8.count) {
                add(item.path, "Expected a word of 1 to \(SeverityOrder.wordBytesMax) bytes.")
            } else if words.contains(word) {
                add(item.path, "\"\(word)\" is named a second time; upper and lower case count as the same.")
            } else {
                words.append(word)
            }
        }
        return words
    }
}
