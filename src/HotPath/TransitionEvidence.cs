using System.Buffers;

namespace HotPath;

/// <summary>Writes a transition's evidence, as the ledger holds it, as JSON: for tables and for the API.</summary>
internal delegate void TransitionEvidence(ReadOnlySpan<byte> evidence, IBufferWriter<byte> into);
