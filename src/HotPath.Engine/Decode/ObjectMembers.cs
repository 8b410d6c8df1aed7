using HotPath.Engine.Ring;

namespace HotPath.Engine.Decode;

/// <summary>
/// What the members of an object mean, whether it is written in JSON or in MessagePack: a reading, an envelope's
/// reading, or the simple form. Belongs to one decoder and its thread.
/// </summary>
internal sealed unsafe class ObjectMembers(ReadingStage stage, bool readsReceivedAt)
{
    private const Member SimpleForm = Member.EquipmentId | Member.Timestamp;

    /// <summary>A member of a reading or an envelope, but for a meta and readings that nest.</summary>
    public void Take(Member member, in WireValue value, ref ReadingDraft draft)
    {
        switch (member)
        {
            case Member.Unknown:
            case Member.Readings:
            case Member.Status:
            case Member.ReceivedAt when !readsReceivedAt:
                break;
            case Member.Meta:
                if (value.Kind != WireKind.Null)
                {
                    draft.Refuse(RejectReason.WrongType);
                }

                break;
            case Member.MachineId:
                draft.See(Member.MachineId);
                break;
            default:
                draft.Take(member, value);
                break;
        }
    }

    /// <summary>A member of a meta, but for flags that are an array.</summary>
    public static void TakeMeta(Member member, in WireValue value, ref ReadingDraft draft)
    {
        if (member == Member.Flags)
        {
            if (value.Kind != WireKind.Null)
            {
                draft.Refuse(RejectReason.WrongType);
            }
        }
        else if (member != Member.Unknown)
        {
            draft.Take(member, value);
        }
    }

    /// <summary>Whether an object that was read to its end is of the simple form.</summary>
    public static bool IsSimpleForm(in ReadingDraft draft) =>
        (draft.Seen & (Member.MachineId | Member.EquipmentId)) == Member.MachineId;

    /// <summary>Takes what holds for all readings of the simple form, and says whether the member is such.</summary>
    public bool TakeCommon(Member member, in WireValue value, ref ReadingDraft common)
    {
        if (IsCommon(member))
        {
            common.Take(member, value);
            return true;
        }

        if (member == Member.Status && value.Kind != WireKind.Null)
        {
            // A status of null says no more than none.
            common.TakeStatus(value);
        }

        return false;
    }

    /// <summary>False where the simple form lacks what all its readings need: it is then refused whole.</summary>
    public bool TryBeginSimpleForm(in ReadingDraft common, byte* start, byte* end)
    {
        if (common.Fault == RejectReason.None && (common.Known & SimpleForm) == SimpleForm)
        {
            return true;
        }

        stage.Reject(start, end, common.Fault != RejectReason.None ? common.Fault : RejectReason.MissingMember);
        return false;
    }

    /// <summary>A member of the simple form: a reading of the tag of its name, if it is a number, a string or a bool.</summary>
    public void StageMember(
        in ReadingDraft common, Member member, in WireValue name, in WireValue value, bool hasBadText, byte* start, byte* end)
    {
        if (IsCommon(member) || value.Kind >= WireKind.Time || value.Kind == WireKind.Null)
        {
            return;
        }

        var draft = common;
        draft.TakeName(Member.Tag, name, ref draft.Tag);
        draft.TakeValue(value);
        draft.RefuseBadText(hasBadText);
        stage.Stage(ref draft, start, end);
    }

    /// <summary>An absent status is the string <c>unknown</c>.</summary>
    public void EndSimpleForm(in ReadingDraft common, byte* start, byte* end)
    {
        if ((common.Seen & Member.Status) == 0 && !stage.IsOverflown)
        {
            stage.StageUnknownStatus(common, start, end);
        }
    }

    /// <summary>False where an envelope has a fault of its own: it is then refused whole.</summary>
    public bool TryBeginEnvelope(ref ReadingDraft envelope, byte* start, byte* end)
    {
        envelope.RefuseWhenNumbersOverflow();
        if (envelope.Fault == RejectReason.None)
        {
            return true;
        }

        stage.Reject(start, end, envelope.Fault);
        return false;
    }

    private bool IsCommon(Member member) =>
        member is Member.MachineId or Member.Timestamp || (member == Member.ReceivedAt && readsReceivedAt);
}
