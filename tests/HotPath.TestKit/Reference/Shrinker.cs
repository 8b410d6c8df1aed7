namespace HotPath.TestKit.Reference;

/// <summary>Leaves out lines of a case as long as it still fails, so that a difference fits the eye.</summary>
internal static class Shrinker
{
    private const int AttemptCountMax = 2_000;

    public static RecordedCase Shrink(RecordedCase failing, Func<RecordedCase, bool> fails)
    {
        var attempts = 0;
        for (var chunk = failing.Lines.Count / 2; chunk > 0; chunk /= 2)
        {
            for (var at = 0; at < failing.Lines.Count && attempts < AttemptCountMax;)
            {
                attempts++;
                var without = failing with
                {
                    Lines = [.. failing.Lines.Take(at), .. failing.Lines.Skip(at + chunk)],
                };
                if (without.Lines.Count > 0 && fails(without))
                {
                    failing = without;
                }
                else
                {
                    at += chunk;
                }
            }
        }

        return failing;
    }
}
