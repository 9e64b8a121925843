/// A value like another one, but for what is changed: so that the examples of one type tell one story.
package func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
    var copy = value
    change(&copy)
    return copy
}
