import OpenSenseRelay
import Testing

@Suite struct `A store in PostgreSQL` {
    /// What is written, and what is shown of it.
    static let addresses = [
        ("postgres://relay@db.example/alarms", "postgres://relay@db.example/alarms"),
        ("postgresql://relay:s3cr3t@db.example/alarms", "postgresql://relay:••••@db.example/alarms"),
        (
            "postgres://relay:s3%40cr3t@a:5432,b:5432/alarms?target_session_attrs=read-write",
            "postgres://relay:••••@a:5432,b:5432/alarms?target_session_attrs=read-write"
        ),
        ("postgres://:s3cr3t@db/alarms", "postgres://:••••@db/alarms"),
        (
            "postgres://relay@/alarms?host=/run/postgresql&password=s3cr3t",
            "postgres://relay@/alarms?host=/run/postgresql&password=••••"
        ),
        ("postgres://relay@/alarms?p%61ssword=s3cr3t", "postgres://relay@/alarms?p%61ssword=••••"),
        (
            "postgres://relay@db/alarms?sslpassword=s3cr3t&sslmode=verify-full",
            "postgres://relay@db/alarms?sslpassword=••••&sslmode=verify-full"
        ),
        (
            "postgres:///alarms?options=-csynchronous_commit%3Dremote_apply",
            "postgres:///alarms?options=-csynchronous_commit%3Dremote_apply"
        ),
        ("postgres://[::1]:5433/alarms", "postgres://[::1]:5433/alarms"),
    ]

    @Test(arguments: addresses) func `is shown without its password`(_ row: (text: String, shown: String))
        throws
    {
        let location = try #require(StoreLocation(row.text))
        #expect(location.description == row.shown)
        for text in ["\(location)", String(reflecting: location), "\([location])"] {
            #expect(!text.contains("s3"), "\(text)")
        }
        var dumped = ""
        dump(location, to: &dumped)
        #expect(!dumped.contains("s3"), "\(dumped)")
        guard case .postgresql(let address) = location else {
            Issue.record("it is \(location)")
            return
        }
        #expect(address.connectionString == row.text)
    }

    static let malformed = [
        "postgres:", "postgres:/db", "postgres//db", "Postgres://db", "postgres://u:p@ss@db/x",
        "postgres://u:p/ss@db/x", "postgres://u:p:ss@db/x", "postgres://u:p%ss@db/x", "postgres://u:p?s@db/x",
        "postgres://db/x?nonsense=1", "postgres://db/x?password", "postgres://db/\u{0}",
    ]

    @Test(arguments: malformed) func `is refused where libpq could take a password for something else`(
        _ text: String
    ) {
        #expect(StoreLocation(text) == nil)
    }
}
