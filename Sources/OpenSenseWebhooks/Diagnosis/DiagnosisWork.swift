/// What one diagnosis may cost, counted in bytes that are authenticated.
///
/// A stranger chooses the body, and a person may give several secrets: all hypotheses together would be
/// thousands of passes over it.
struct DiagnosisWork {
    /// 512 MiB: enough for every hypothesis about one secret and the longest body.
    static let bytesMax = 512 << 20
    /// What making another body of one byte is counted as: parsing, sorting and writing it again.
    static let bytesToMakeOne = 8

    private var left = bytesMax
    /// Whether something was not done for want of work, or because the task was cancelled.
    private(set) var isCutShort = false

    /// - Returns: Whether so much may be done; nothing more is once it may not.
    mutating func spend(_ bytes: Int) -> Bool {
        guard !isCutShort, left >= bytes, !Task.isCancelled else {
            isCutShort = true
            return false
        }
        left -= bytes
        return true
    }
}
