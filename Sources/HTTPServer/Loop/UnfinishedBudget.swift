/// The bytes of requests that are not whole, and that no signature has vouched for therefore.
///
/// Short requests and long ones have half of the room each, so that strangers who send long ones slowly keep
/// no alarm out.
struct UnfinishedBudget {
    /// Up to here a request is short, in bytes.
    static let shortBytesMax = 16_384

    private(set) var shortBytes = 0
    private(set) var longBytes = 0

    /// A request has grown, or is gone.
    mutating func change(from old: Int, to new: Int) {
        add(old, -1)
        add(new, 1)
    }

    /// Which requests are too many: the long ones or the short ones; nil while there is room.
    func excess(of bytesMax: Int) -> ((Int) -> Bool)? {
        if longBytes > bytesMax / 2 { return { $0 > Self.shortBytesMax } }
        return shortBytes > bytesMax / 2 ? { (1...Self.shortBytesMax).contains($0) } : nil
    }

    private mutating func add(_ bytes: Int, _ sign: Int) {
        if bytes > Self.shortBytesMax { longBytes += sign * bytes } else { shortBytes += sign * bytes }
    }
}
