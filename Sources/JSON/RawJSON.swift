/// JSON that is written already, as a member or an element of something else. `JSONWriter`, which is what writes replies,
/// copies it.
package struct RawJSON: Encodable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    package func encode(to encoder: any Encoder) throws { preconditionFailure("only JSONWriter copies bytes") }
}
