namespace HotPath.Engine.Journal;

/// <summary>
/// Where the journal gets the text of a rule document that takes effect. Called on the journal's thread for a version
/// that a Rules slot names; the bytes never change and stay until their frame is durable.
/// </summary>
internal interface IRuleDocumentBytes
{
    ReadOnlyMemory<byte> Utf8(long ruleVersion);
}
