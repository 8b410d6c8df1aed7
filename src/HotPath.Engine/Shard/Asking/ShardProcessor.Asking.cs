using HotPath.Engine.Shard.Asking;

namespace HotPath.Engine.Shard;

/// <summary>What others may ask of the shard's state while it works.</summary>
internal sealed unsafe partial class ShardProcessor
{
    public ShardQuestions Questions { get; } = new();

    /// <summary>Answers a slice of what the shard is asked. The shard thread, between batches.</summary>
    /// <returns>1 when there was something to answer, else 0.</returns>
    public int AnswerSlice()
    {
        if (Questions.Asked is not { } question)
        {
            return 0;
        }

        if (question.Answer(new AskedShard(_machines, _watermarks, _rules, _clock)))
        {
            Questions.Close(question);
        }

        return 1;
    }

    /// <summary>Before the shard's thread starts: what came late in an earlier life is of no interest to those who watch.</summary>
    public void ForgetLateness() => _watermarks.ForgetLateness();
}
