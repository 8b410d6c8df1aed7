namespace HotPath.Delta.Tests.Campaigns;

/// <summary>
/// How much of a campaign is run: a little of it in the ordinary suite, all of it where <c>HOTPATH_CAMPAIGN</c> is
/// <c>full</c>: <c>HOTPATH_CAMPAIGN=full dotnet test tests/HotPath.Delta.Tests -c Release --filter Kind=Campaign</c>.
/// </summary>
internal static class Campaign
{
    public const string Trait = "Kind";
    public const string Name = "Campaign";

    public static bool IsFull => Environment.GetEnvironmentVariable("HOTPATH_CAMPAIGN") == "full";

    public static int Count(int ordinary, int full) => IsFull ? full : ordinary;
}
