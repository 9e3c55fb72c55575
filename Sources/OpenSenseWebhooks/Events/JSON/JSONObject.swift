/// The members of a JSON object, in their order.
///
/// Names are compared byte for byte, unlike the keys of a Swift dictionary, for which two spellings of one
/// letter are the same. Of two equal names the first holds. Two objects are equal when they have equal
/// members in whatever order.
///
/// Looking a name up takes about the same time in an object of any size.
public struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// A name and its value.
    public typealias Element = (name: String, value: JSONValue)

    private var members: [Element] = []
    /// Where each name stands; empty as long as there are so few that looking through them is as fast.
    private var places: [JSONName: Int] = [:]

    /// The most members that are looked through one after the other.
    private static let unindexedMax = 32

    /// An object without members.
    public init() {}

    /// An object of `members`; of two equal names the first holds.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        self.members.reserveCapacity(members.underestimatedCount)
        for (name, value) in members { insertIfAbsent(name) { value } }
    }

    /// An object of its members; of two equal names the first holds.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }

    /// The value called `name`; assigning nil removes the member, in time proportional to their number.
    public subscript(name: String) -> JSONValue? {
        get { place(of: name).map { members[$0].value } }
        set {
            switch (place(of: name), newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil):
                members.remove(at: place)
                reindex()
            case (nil, let value?): append(name, value)
            case (nil, nil): break
            }
        }
    }

    /// The members whose names and values satisfy `isIncluded`, in their order.
    public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> JSONObject {
        var object = JSONObject()
        object.members = try members.filter(isIncluded)
        object.reindex()
        return object
    }

    mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

    /// Adds a member unless there is one of its name.
    mutating func insertIfAbsent(_ name: String, _ value: () -> JSONValue) {
        if place(of: name) == nil { append(name, value()) }
    }

    private func place(of name: String) -> Int? {
        guard places.isEmpty else { return places[JSONName(name)] }
        return members.firstIndex { JSONName($0.name) == JSONName(name) }
    }

    private mutating func append(_ name: String, _ value: JSONValue) {
        members.append((name, value))
        if !places.isEmpty {
            places[JSONName(name)] = members.count - 1
        } else if members.count > Self.unindexedMax {
            reindex()
        }
    }

    private mutating func reindex() {
        places = [:]
        guard members.count > Self.unindexedMax else { return }
        places.reserveCapacity(2 * members.count)
        for (place, member) in members.enumerated() { places[JSONName(member.name)] = place }
    }

    /// Whether both have equal members, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.name] == $0.value }
    }

    /// Feeds the members to `hasher`, in a way that their order does not matter.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(
            members.reduce(0) { sum, member in
                var hasher = Hasher()
                hasher.combine(JSONName(member.name))
                hasher.combine(member.value)
                return sum &+ hasher.finalize()
            })
    }
}

extension JSONObject: RandomAccessCollection {
    /// The place of the first member.
    public var startIndex: Int { members.startIndex }
    /// The place after the last member.
    public var endIndex: Int { members.endIndex }
    /// The member at a place.
    public subscript(place: Int) -> Element { members[place] }

    /// The members in the order of their names' bytes.
    public var sortedByName: [Element] { members.sorted { JSONName($0.name) < JSONName($1.name) } }
}
