using HotPath.Engine.Decode;
using HotPath.TestKit;
using HotPath.TestKit.Decode;
using Xunit.Abstractions;

namespace HotPath.Engine.Tests.Decode;

public sealed unsafe class JsonQuotesTests(ITestOutputHelper output)
{
    [Fact]
    public void Places_are_those_of_all_quotes_up_to_what_is_not_plain_wherever_the_text_lies()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HOTPATH_SEED={seed}");
        var random = new Random(seed);
        using var quotes = new JsonQuotes();
        using var page = new GuardedPage();
        var fittedBytes = int.MaxValue;
        for (var index = 0; index < 20_000; index++)
        {
            var text = Text(random);

            // Half of them end where nothing may be read behind them.
            var at = random.Next(2) == 0 ? page.End - text.Length : page.Start + random.Next(200);
            text.CopyTo(new Span<byte>(at, text.Length));
            quotes.Find(at, at + text.Length);

            var plainBytes = Array.FindIndex(text, value => value is < 0x20 or (byte)'\\');
            plainBytes = plainBytes < 0 ? text.Length : plainBytes;
            Assert.InRange(quotes.PlainEnd - quotes.Text, int.Min(plainBytes, fittedBytes), plainBytes);
            plainBytes = (int)(quotes.PlainEnd - quotes.Text);
            Assert.Equal(text.Take(plainBytes).All(value => value < 0x80), quotes.IsAscii);
            var expected = Enumerable.Range(0, plainBytes).Where(place => text[place] == '"').Select(place => (ushort)place);
            Assert.Equal(expected, Places(quotes).TakeWhile(place => place < plainBytes));

            // It looks as far as the last length that was read, at least.
            fittedBytes = random.Next(plainBytes + 1);
            quotes.Fit(quotes.Text + fittedBytes);
            if (random.Next(4) == 0)
            {
                fittedBytes = int.MaxValue;
                quotes.Widen();
            }
        }
    }

    [Fact]
    public void Places_are_found_one_by_one_as_by_vectors()
    {
        var to = stackalloc ushort[64];

        var count = JsonQuotes.AppendOneByOne(to, 0x8000_0000_0000_0005UL, block: 128);

        Assert.Equal([128, 130, 191], new Span<ushort>(to, count).ToArray());
    }

    private static ushort[] Places(JsonQuotes quotes) => new Span<ushort>(quotes.Places, quotes.Count).ToArray();

    private static byte[] Text(Random random)
    {
        var text = new byte[random.Next(1, 1000)];
        var quoteOneIn = random.Next(1, 20);
        for (var index = 0; index < text.Length; index++)
        {
            text[index] = random.Next(quoteOneIn) == 0 ? (byte)'"' : (byte)random.Next(0x23, 0x5B);
        }

        if (random.Next(3) == 0)
        {
            text[random.Next(text.Length)] = (byte)random.Next(256);
        }

        return text;
    }
}
