/// The number of a claim that is kept in a database: random, and with the length of its lease in it.
///
/// A claim whose end is further ahead than a lease reaches was written by a clock that was ahead: its holder
/// cannot renew it that far, and may have died long ago. The length is that of the claim's own lease, so that
/// instances with leases of different lengths can share a ledger.
package enum LeaseNumber {
    /// The bits of the number that have the length of the lease, in seconds; what is longer counts as the
    /// longest, half a year.
    package static let leaseMask = 0xFF_FFFF
    /// A claim is over when its end is more than so many leases ahead.
    ///
    /// One would be over where two machines' clocks, or two readings of one, differ by a second.
    package static let leasesAheadMax = 2
    private static let leaseBits = 24

    /// A number for a new claim.
    ///
    /// An older version's numbers are random in all bits: their leases count as far longer than they are, and
    /// such a claim ends as it did before.
    package static func random(leaseSeconds: Int) -> Int {
        Int.random(in: 1..<1 << (62 - leaseBits)) << leaseBits | min(max(leaseSeconds, 1), leaseMask)
    }
}
