/// The time as one loop sees it: looked at once a turn.
struct LoopClock {
    /// A clock that never goes back, in milliseconds.
    private(set) var milliseconds = Libc.monotonicMilliseconds()
    /// The value of `Date` (RFC 9110, section 5.6.7).
    private(set) var date: [UInt8] = []
    private var second = Int.min

    init() { update() }

    mutating func update() {
        milliseconds = Libc.monotonicMilliseconds()
        let now = Libc.unixSeconds()
        guard now != second else { return }
        second = now
        date = Libc.httpDate(now)
    }
}
