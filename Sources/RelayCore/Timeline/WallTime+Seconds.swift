/// Comparing moments of which some are given in whole seconds and some are not.
///
/// A sender may write the open in milliseconds and the clear in seconds. What the same second holds is then
/// in no known order.
extension WallTime {
    /// Whether both may be the same moment.
    func isSame(as other: WallTime) -> Bool {
        self == other || (unixSeconds == other.unixSeconds && (isWholeSecond || other.isWholeSecond))
    }

    /// Whether this is known to be before `other`.
    func isBefore(_ other: WallTime) -> Bool { self < other && !isSame(as: other) }

    private var isWholeSecond: Bool { millisecondsOfSecond == 0 }
}
