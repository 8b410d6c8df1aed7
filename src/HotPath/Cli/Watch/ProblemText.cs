using System.Text.Json;

namespace HotPath.Cli.Watch;

/// <summary>What a problem document says, in one line.</summary>
internal static class ProblemText
{
    public static string Of(string body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString() ?? body : body;
        }
        catch (JsonException)
        {
            return body;
        }
    }
}
