using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>The <c>meta</c> of a JSON reading: sequence number, flags, createdAt, sourceId. Belongs to one decoder and its thread.</summary>
internal sealed unsafe class JsonMetaReader(ReadingStage stage)
{
    /// <summary>At the opening brace; <paramref name="depth"/> is that of the object that holds it.</summary>
    public byte* Read(JsonScanner scanner, byte* at, byte* end, int depth, ref ReadingDraft draft)
    {
        if (depth == EngineLimits.RecordDepthMax)
        {
            return scanner.Fail(RejectReason.TooLarge);
        }

        at = scanner.SkipWhite(at + 1);
        if (at < end && *at == '}')
        {
            return at + 1;
        }

        while (true)
        {
            at = scanner.ReadName(at, out var name);
            at = at == null ? null : scanner.SkipColon(at);
            if (at == null)
            {
                return null;
            }

            at = ReadMember(scanner, MemberNames.OfMeta(name.Span), at, end, depth + 1, ref draft);

            at = at == null ? null : scanner.SkipWhite(at);
            if (at == null || at == end || (*at != ',' && *at != '}'))
            {
                return at == null ? null : scanner.Fail();
            }

            if (*at == '}')
            {
                return at + 1;
            }

            at = scanner.SkipWhite(at + 1);
        }
    }

    private byte* ReadMember(JsonScanner scanner, Member member, byte* at, byte* end, int depth, ref ReadingDraft draft)
    {
        if (member == Member.Flags && *at == '[')
        {
            var flagsEnd = ReadFlags(scanner, at, end, depth, ref draft);
            if (flagsEnd != null && draft.Fault == RejectReason.None && !scanner.HasBadText)
            {
                stage.FlagSets.Remember(at, flagsEnd, draft.Flags);
            }

            return flagsEnd;
        }

        var next = scanner.ReadValue(at, depth, out var value);
        ObjectMembers.TakeMeta(member, value, ref draft);
        return next;
    }

    private byte* ReadFlags(JsonScanner scanner, byte* at, byte* end, int depth, ref ReadingDraft draft)
    {
        if (depth == EngineLimits.RecordDepthMax)
        {
            return scanner.Fail(RejectReason.TooLarge);
        }

        draft.Flags = 0;
        at = scanner.SkipWhite(at + 1);
        if (at < end && *at == ']')
        {
            return at + 1;
        }

        while (true)
        {
            if (at == end)
            {
                return scanner.Fail();
            }

            at = scanner.ReadValue(at, depth + 1, out var flag);
            draft.TakeFlag(flag, stage);
            at = at == null ? null : scanner.SkipWhite(at);
            if (at == null || at == end || (*at != ',' && *at != ']'))
            {
                return at == null ? null : scanner.Fail();
            }

            if (*at == ']')
            {
                return at + 1;
            }

            at = scanner.SkipWhite(at + 1);
        }
    }
}
