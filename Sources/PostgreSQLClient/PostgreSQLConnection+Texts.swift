internal import CLibPQ
package import OpenSenseWebhooks

/// A statement made at run time, with the types of its values.
struct KeptStatement: Hashable {
    let sql: String
    let types: [UInt32]
}

extension PostgreSQLConnection {
    /// Runs a statement that is made at run time.
    ///
    /// - Parameter isKept: Whether the server prepares it the first time, and keeps it: to plan a statement
    ///   costs it several times what a look at an index does.
    package func query(
        text sql: String, _ values: [PostgreSQLValue], isKept: Bool = false
    ) throws(StoreError) -> PostgreSQLRows {
        let handle = unsafe try live()
        // The types are named, or the server would guess them from what stands beside a value.
        let types = values.map(\.type)
        let name = isKept ? try keptName(sql, types) : nil
        let sent = unsafe PostgreSQLValue.withParameters(values) { pointers, lengths, formats in
            if let name {
                return unsafe PQsendQueryPrepared(
                    handle, name, Int32(values.count), pointers, lengths, formats, 1)
            }
            return unsafe types.withUnsafeBufferPointer { types in
                unsafe PQsendQueryParams(
                    handle, sql, Int32(values.count), types.baseAddress, pointers, lengths, formats, 1)
            }
        }
        guard sent == 1 else { throw brokenOff() }
        return unsafe try lastResult(handle)
    }

    /// The name of a statement that the server keeps, which is prepared where it is not yet.
    private func keptName(_ sql: String, _ types: [UInt32]) throws(StoreError) -> String {
        let key = KeptStatement(sql: sql, types: types)
        if let name = kept[key] { return name }
        let handle = unsafe try live()
        let name = "t\(kept.count)"
        let sent = unsafe types.withUnsafeBufferPointer { types in
            unsafe PQsendPrepare(handle, name, sql, Int32(types.count), types.baseAddress)
        }
        guard sent == 1 else { throw brokenOff() }
        _ = unsafe try lastResult(handle)
        kept[key] = name
        return name
    }
}
