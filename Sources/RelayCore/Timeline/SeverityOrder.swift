/// The words for how bad an alarm is, from the least to the worst.
///
/// A word that is not among them, and a first one that is missing, counts as the default.
package struct SeverityOrder: Sendable, Hashable {
    /// The most words: each is a class in the order in which work is done.
    package static let wordsMax = 16
    /// The longest severity that is remembered, in bytes; a longer one is no word of anyone's order.
    package static let wordBytesMax = 64

    /// The words in lower case, the least first.
    package let words: [String]
    /// The word that stands in for a missing or unknown one.
    package let standard: String
    private let ranks: [String: Int]
    private let standardRank: Int

    /// An order of at least one word, of which `standard` is one.
    package init(
        _ words: [String] = ["info", "warning", "alarm", "critical"], standard: String = "alarm"
    ) {
        self.words = words.map { $0.lowercased() }
        self.standard = standard.lowercased()
        ranks = Dictionary(zip(self.words, self.words.indices)) { first, _ in first }
        standardRank = ranks[self.standard] ?? self.words.count - 1
    }

    /// How bad `word` is: 0 for the least, ``worst`` for the worst.
    package func rank(_ word: String?) -> Int {
        guard let word else { return standardRank }
        return ranks[word] ?? ranks[word.lowercased()] ?? standardRank
    }

    /// The rank of the worst word.
    package var worst: Int { words.count - 1 }
}
