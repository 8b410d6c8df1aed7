using System.Text.Json.Serialization;

namespace HotPath.Engine.Rules.Expressions;

/// <summary>Reads string literals, which have JSON's escapes.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class StringJson : JsonSerializerContext;
