/// What one diagnosis may cost, counted in bytes that are authenticated.
///
/// A stranger chooses the body, and a person may give several secrets: all hypotheses together would be
/// thousands of passes over it.
package struct DiagnosisWork {
    /// 512 MiB: enough for every hypothesis about one secret and the longest body.
    package static let bytesMax = 512 << 20
    /// What making another body of one byte is counted as: parsing, sorting and writing it again.
    static let bytesToMakeOne = 8

    /// What was done.
    package private(set) var spent = 0
    /// Whether something was not done for want of work, or because the task was cancelled.
    private(set) var isCutShort = false

    /// Nothing was done.
    package init() {}

    /// - Returns: Whether so much may be done; nothing more is once it may not.
    mutating func spend(_ bytes: Int) -> Bool {
        guard !isCutShort, bytes <= Self.bytesMax - spent, !Task.isCancelled else {
            isCutShort = true
            return false
        }
        spent += bytes
        return true
    }
}
