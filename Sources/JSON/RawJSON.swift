/// JSON text that has been written already, as a member or an element of another value. `JSONWriter` copies it.
package struct RawJSON: Encodable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    package func encode(to encoder: any Encoder) throws { preconditionFailure("only JSONWriter copies bytes") }
}
