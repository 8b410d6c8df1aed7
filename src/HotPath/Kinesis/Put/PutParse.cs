namespace HotPath.Kinesis.Put;

/// <summary>What reading a body into a <see cref="PutCall"/> has shown.</summary>
internal enum PutParse
{
    /// <summary>All members that count have their types.</summary>
    Regular,

    /// <summary>It is of its encoding, but not what the call wants: the exact words are found by the slow checks.</summary>
    Irregular,

    /// <summary>Not of its encoding, or no object or list.</summary>
    NotParsable,
}
