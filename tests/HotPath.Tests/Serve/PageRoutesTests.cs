using System.Net;
using System.Text.RegularExpressions;
using HotPath.Serve.Http;

namespace HotPath.Tests.Serve;

public sealed partial class PageRoutesTests
{
    private const int BudgetBytes = 120 * 1024;

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/page.js", "text/javascript")]
    [InlineData("/page.css", "text/css")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task Parts_have_their_types_and_a_policy_that_allows_no_inline_script(string path, string type)
    {
        await using var serve = await ServeFixture.StartAsync();

        using var response = await serve.Client.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task Everything_that_the_page_names_is_served_by_itself()
    {
        await using var serve = await ServeFixture.StartAsync();
        var waiting = new Queue<string>(["/"]);
        var seen = new HashSet<string>(StringComparer.Ordinal);

        while (waiting.TryDequeue(out var path))
        {
            if (!seen.Add(path))
            {
                continue;
            }

            using var response = await serve.Client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.True(response.StatusCode == HttpStatusCode.OK, path);
            var text = await response.Content.ReadAsStringAsync();
            foreach (var found in Reference().Matches(text).Select(match => match.Groups[1].Value))
            {
                Assert.DoesNotContain("//", found, StringComparison.Ordinal);
                waiting.Enqueue(found.StartsWith("./", StringComparison.Ordinal) ? found[1..] : found);
            }
        }

        Assert.Equal(PageRoutes.CompressedBytes().Count, seen.Count);
    }

    [Fact]
    public async Task The_page_holds_no_inline_script_and_no_inline_style()
    {
        await using var serve = await ServeFixture.StartAsync();

        var html = await serve.Client.GetStringAsync(new Uri("/", UriKind.Relative));

        Assert.DoesNotMatch(InlineScript(), html);
        Assert.DoesNotMatch(InlineStyleOrHandler(), html);
    }

    [Fact]
    public async Task A_part_that_did_not_change_is_not_sent_again()
    {
        await using var serve = await ServeFixture.StartAsync();
        using var first = await serve.Client.GetAsync(new Uri("/page.js", UriKind.Relative));
        using var again = new HttpRequestMessage(HttpMethod.Get, new Uri("/page.js", UriKind.Relative));
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        again.Headers.AcceptEncoding.ParseAdd("gzip");

        using var second = await serve.Client.SendAsync(again);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public void The_whole_page_stays_within_its_budget_on_the_wire()
    {
        Assert.InRange(PageRoutes.CompressedBytes().Values.Sum(), 1, BudgetBytes);
    }

    [GeneratedRegex("(?:src|href)=\"(/[^\"#]*)\"|(?:import|from) \"(?<1>\\./[^\"]+)\"|src: \"(?<1>/[^\"]+)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("<script(?![^>]*\\ssrc=)", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();

    [GeneratedRegex("\\s(style|on[a-z]+)=|<style", RegexOptions.IgnoreCase)]
    private static partial Regex InlineStyleOrHandler();
}
