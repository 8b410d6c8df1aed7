using HotPath.Engine.Rules.Compiled;

namespace HotPath.Engine.Shard;

/// <summary>Writes why a transition was made. The content is worked on with the evidence format.</summary>
internal readonly unsafe ref struct EvidenceWriter
{
    public EvidenceWriter(MachineClass machineClass, Machine* machine, int rule, in Transition transition)
    {
    }

    public int SizeBytes => 0;

    public void Write(Span<byte> target, Watermarks watermarks)
    {
    }
}
