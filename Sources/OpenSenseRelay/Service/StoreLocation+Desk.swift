package import OpenSenseWebhooks
package import RelayStorage

extension StoreLocation {
    /// How a store is written, for a message.
    package static let forms = "sqlite:PATH, postgres://USER@HOST/DATABASE or memory:"
}

extension StoreDesk {
    /// Opens the store at `location`; nil for one in memory, which only its relay can reach.
    ///
    /// - Throws: ``StoreError``.
    package convenience init?(at location: StoreLocation) throws(StoreError) {
        switch location {
        case .memory: return nil
        case .sqlite(let path): try self.init(sqlitePath: path)
        case .postgresql(let address): try self.init(postgreSQL: address.connectionString)
        }
    }
}
