/// JSON that is written already, as a member or an element of something else. `JSONWriter`, which is what writes replies,
/// copies it.
struct RawJSON: Encodable {
    var bytes: [UInt8] = []

    func encode(to encoder: any Encoder) throws { preconditionFailure("only JSONWriter copies bytes") }
}
