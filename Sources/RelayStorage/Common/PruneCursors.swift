internal import RelayCore

/// How far pruning has come with what it looks at in turn, some rows at each run; a new process begins anew.
struct PruneCursors {
    /// A closed incident's place in the order in which incidents last changed.
    struct Place {
        var changedAt = WallTime(unixMilliseconds: .min)
        var incident = -1
    }

    /// The last delivery looked at of those that are old and were kept: what they waited for may be over.
    var keptDelivery = 0
    /// The last incident whose timeline was forgotten.
    var timelines = Place()
    /// The last incident looked at of those that are as old as forgotten deliveries.
    var incidents = Place()
}
