/// How jobs are numbered: after their delivery, so that neither needs an index to find the other.
package enum JobNumber {
    /// The most jobs of one delivery: for each of 32 destinations a resolve of the alarm before, an open and
    /// an acknowledgement, and room to spare.
    package static let perDeliveryMax = 128

    /// The number of a delivery's first job.
    package static func first(of sequence: Int) -> Int { sequence * perDeliveryMax }

    /// Every number that a delivery's jobs can have.
    package static func all(of sequence: Int) -> ClosedRange<Int> {
        first(of: sequence)...first(of: sequence) + perDeliveryMax - 1
    }

    /// Whether two jobs are of one delivery.
    package static func areOfOneDelivery(_ one: Int, _ other: Int) -> Bool {
        one / perDeliveryMax == other / perDeliveryMax
    }
}
