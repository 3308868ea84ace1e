import JSON

/// A JSON document.
package typealias JSONValue = JSON.JSONValue
