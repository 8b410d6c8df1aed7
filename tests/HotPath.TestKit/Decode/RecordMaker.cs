using System.Globalization;
using System.Text;

namespace HotPath.TestKit.Decode;

/// <summary>Random records in JSON and MessagePack, sound and damaged, from one seed. For one thread.</summary>
internal sealed class RecordMaker(Random random)
{
    private static readonly string[] Texts =
    [
        "m1", "m2", "84068f2f-3f39-4b9c-a995-d2a84d878689", "t", "water_temperature", "", " ", " m1 ", "\u00a0x\u2003", "\u00e9t\u00e9", "RUNNING",
        "\U0001F600", "a\"b", "a\\b", "tab\tx", new string('x', 256), new string('y', 257), new string('\u00e9', 128), "Ok", "good", "Bad", "uncertain",
    ];

    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "13.45", "-273.15", "1e3", "1E-5", "0.1", "123456789012345", "1234567890123456", "9007199254740993", "1.7976931348623157e308",
        "1e309", "4.9e-324", "1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "3.141592653589793238",
        "74.93588199999998", "0.000001", "100000000000000000000000", "1.", ".5", "01", "-", "1e", "+1", "0.30000000000000004", "99999999999999.9",
    ];

    private static readonly string[] Times =
    [
        "1700000000123", "1700000000123", "1700000000123", "0", "-1", "253402300799999", "253402300800000", "1.5", "\"2023-11-14T22:13:20Z\"",
        "\"2023-11-14 22:13:20.1234567+01:30\"", "\"2024-02-29T00:00Z\"", "\"2023-02-29T00:00:00Z\"", "\"1970-01-01T00:00:00+01:00\"", "\"2023-11-14T22:13:20\"",
        "null", "true", "99999999999999999999",
    ];

    public byte[] Json()
    {
        var text = random.Next(8) switch
        {
            0 => "[" + string.Join(random.Next(2) == 0 ? "," : " ,\n ", Enumerable.Range(0, random.Next(4)).Select(_ => JsonObject())) + "]",
            1 => string.Join("\n", Enumerable.Range(0, random.Next(1, 5)).Select(_ => JsonObject())),
            2 => $"[{JsonObject()}]\n{JsonObject()}",
            _ => JsonObject(),
        };
        return Damaged(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The same shape again and again, as a sender does, with other values.</summary>
    public byte[] UsualJson()
    {
        var meta = $$"""{"sequenceNumber":{{random.Next(1000)}},"flags":[{{Flags()}}],"createdAt":{{random.Next(100000)}},"sourceId":"g{{random.Next(4)}}"}""";
        return Damaged(Encoding.UTF8.GetBytes(
            $$"""{"version":1,"timestamp":{{1_700_000_000_000 + random.Next()}},"equipmentId":"{{Texts[random.Next(3)]}}","tag":"{{Texts[3 + random.Next(2)]}}","value":{{Scalar()}},"quality":{{Quality()}},"meta":{{meta}}}"""));
    }

    /// <summary>What a sender writes again and again: the array form.</summary>
    public byte[] UsualArray() => PackFlags(new PackBuilder().Array(10).Integer(1).Integer(1_700_000_000_000 + random.Next()).Text(Texts[random.Next(3)])
        .Text(Texts[3 + random.Next(2)]).Real(random.Next(1000) / 10.0).Integer(random.Next(3)).Integer(random.Next(1000)))
        .Integer(1_700_000_000_000).Text($"g{random.Next(4)}").Bytes;

    /// <summary>As above: the array envelope.</summary>
    public byte[] UsualEnvelope()
    {
        var to = new PackBuilder().Array(6).Integer(1).Integer(1_700_000_000_000 + random.Next()).Text(Texts[random.Next(3)]);
        var count = random.Next(1, 15);
        to.Array(count);
        for (var index = 0; index < count; index++)
        {
            to.Array(3).Text(Texts[3 + random.Next(2)]).Real(random.Next(1000) / 10.0).Integer(index);
        }

        return to.Integer(random.Next(1000)).Text($"g{random.Next(4)}").Bytes;
    }

    /// <summary>As above: the map form.</summary>
    public byte[] UsualMap()
    {
        var to = new PackBuilder().Map(7).Text("version").Integer(1).Text("timestamp").Integer(1_700_000_000_000 + random.Next())
            .Text("equipmentId").Text(Texts[random.Next(3)]).Text("tag").Text(Texts[3 + random.Next(2)]);
        PackScalar(to.Text("value")).Text("quality").Text(Pick("Ok", "Bad", "uncertain")).Text("meta").Map(4)
            .Text("sequenceNumber").Integer(random.Next(1000)).Text("flags");
        return PackFlags(to).Text("createdAt").Integer(1_700_000_000_000).Text("sourceId").Text($"g{random.Next(4)}").Bytes;
    }

    public byte[] Pack()
    {
        var to = new PackBuilder();
        switch (random.Next(6))
        {
            case 0:
                var count = random.Next(4);
                to.Array(count);
                for (; count > 0; count--)
                {
                    PackElement(to);
                }

                break;
            case 1:
                PackElement(to);
                PackElement(to);
                break;
            default:
                PackElement(to);
                break;
        }

        return Damaged(to.Bytes);
    }

    private string Pick(params string[] choices) => choices[random.Next(choices.Length)];

    private string Space() => random.Next(6) == 0 ? Pick(" ", "\t", "  ", "\r\n ") : "";

    private string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text)
        {
            quoted.Append(rune switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                < ' ' => $"\\u{(int)rune:x4}",
                _ when random.Next(40) == 0 => $"\\u{(int)rune:X4}",
                _ => rune.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private string Text() => Quoted(Texts[random.Next(Texts.Length)]);

    private string Name() => random.Next(12) == 0 ? Pick("null", "5", "[]", Text()) : Quoted(Texts[random.Next(5)]);

    private string Flags() => Pick("", "\"Fst\"", "\"Fst\",\"Lst\"", "\"Fst\", \"Lst\",\"Wmk\",\"Syn\",\"Ats\"", "\"Lst\",5", "\" Fst \"");

    private string Quality() => Pick("\"Ok\"", "\"Ok\"", "\"Bad\"", "\" Good \"", "\"UNCERTAINx\"", "0", "1073741824", "-1", "1.5", "null", "true", "\"\"", "4294967296", "18446744073709551616");

    private string Scalar() => random.Next(5) switch
    {
        0 => Text(),
        1 => Pick("true", "false", "null", "tru", "NaN"),
        2 => Numbers[random.Next(Numbers.Length)],
        _ => (random.Next(-100_000, 100_000) / 100.0).ToString(CultureInfo.InvariantCulture),
    };

    private string Any() => random.Next(6) switch
    {
        0 => $"[{Scalar()},[{Scalar()}]]",
        1 => $$"""{"x":{{Scalar()}},"tag":{{Text()}}}""",
        2 => new string('[', 15) + new string(']', 15),
        3 => new string('[', 16) + new string(']', 16),
        _ => Scalar(),
    };

    private string Meta()
    {
        var members = new List<string>();
        AddSome(members, 2, () => $"\"sequenceNumber\":{Pick("7", "123", "null", "9223372036854775800", "-5", "1.0", "9223372036854775808")}");
        AddSome(members, 2, () => $"\"flags\":{Pick("[", "[")}{Flags()}]");
        AddSome(members, 3, () => $"\"createdAt\":{Times[random.Next(Times.Length)]}");
        AddSome(members, 2, () => $"\"sourceId\":{Name()}");
        AddSome(members, 5, () => $"\"flags\":{Any()}");
        return random.Next(20) == 0 ? Any() : "{" + string.Join(',' + Space(), members) + "}";
    }

    private void AddSome(List<string> members, int oneIn, Func<string> member)
    {
        if (random.Next(oneIn) == 0)
        {
            members.Add(member());
        }
    }

    private void AddMost(List<string> members, Func<string> member)
    {
        if (random.Next(15) != 0)
        {
            members.Add(member());
        }
    }

    private string JsonObject()
    {
        var members = new List<string>();
        if (random.Next(5) == 0)
        {
            AddMost(members, () => $"\"machine_id\":{Name()}");
            AddSome(members, 2, () => $"\"status\":{Scalar()}");
            AddSome(members, 2, () => $"{Text()}:{Any()}");
            AddSome(members, 2, () => $"\"speed\":{Scalar()}");
        }
        else
        {
            AddMost(members, () => $"\"equipmentId\"{Space()}:{Space()}{Name()}");
            AddSome(members, 15, () => "\"machine_id\":\"m\"");
        }

        AddMost(members, () => $"\"timestamp\":{Space()}{Times[random.Next(Times.Length)]}");
        if (random.Next(4) == 0)
        {
            members.Add($"\"readings\":{Space()}[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => InnerReading()))}]");
        }
        else
        {
            AddMost(members, () => $"\"tag\":{Name()}");
            AddMost(members, () => $"\"value\":{Space()}{(random.Next(10) == 0 ? Any() : Scalar())}");
        }

        AddSome(members, 2, () => $"\"{Pick("version", "model")}\":{Pick("1", "1", "null", "\"1\"", "2147483648")}");
        AddSome(members, 2, () => $"\"quality\":{Quality()}");
        AddSome(members, 2, () => $"\"meta\":{Meta()}");
        AddSome(members, 4, () => $"{Text()}:{Any()}");
        AddSome(members, 20, () => $"\"{Pick("tag", "value", "timestamp", "quality", "t\\u0061g")}\":{Scalar()}");
        var order = members.ToArray();
        random.Shuffle(order);
        return "{" + Space() + string.Join(',' + Space(), order) + Space() + "}";
    }

    private string InnerReading()
    {
        var members = new List<string>();
        AddMost(members, () => $"\"tag\":{Name()}");
        AddMost(members, () => $"\"value\":{Scalar()}");
        AddSome(members, 3, () => $"\"timestamp\":{Times[random.Next(Times.Length)]}");
        AddSome(members, 3, () => $"\"quality\":{Quality()}");
        AddSome(members, 5, () => $"\"meta\":{Meta()}");
        return random.Next(15) == 0 ? Scalar() : "{" + string.Join(',', members) + "}";
    }

    private byte[] Damaged(byte[] record)
    {
        switch (random.Next(10))
        {
            case 0 when record.Length > 0:
                record[random.Next(record.Length)] = (byte)random.Next(256);
                return record;
            case 1:
                return record[..random.Next(record.Length + 1)];
            case 2 when record.Length > 0:
                var at = random.Next(record.Length);
                return [.. record[..at], (byte)random.Next(256), .. record[at..]];
            default:
                return record;
        }
    }

    private void PackElement(PackBuilder to)
    {
        switch (random.Next(8))
        {
            case 0:
                PackScalar(to);
                break;
            case 1 or 2:
                PackMap(to);
                break;
            case 3 or 4:
                PackEnvelope(to);
                break;
            default:
                PackReading(to);
                break;
        }
    }

    private void PackReading(PackBuilder to)
    {
        var count = random.Next(6) == 0 ? random.Next(13) : random.Next(5, 11);
        to.Array(count);
        for (var index = 0; index < count; index++)
        {
            if (random.Next(25) == 0)
            {
                PackScalar(to);
                continue;
            }

            _ = index switch
            {
                0 => to.Integer(1),
                1 => PackTime(to),
                2 or 3 or 9 => to.Text(Texts[random.Next(5)]),
                4 => to.Real(random.Next(1000) / 10.0),
                5 => to.Integer(random.Next(4)),
                6 => to.Integer(random.Next(100_000)),
                7 => PackFlags(to),
                8 => PackTime(to),
                _ => to.Nil(),
            };
        }
    }

    private PackBuilder PackTime(PackBuilder to) => random.Next(8) switch
    {
        0 => to.Raw(0xD6, 0xFF, 0x65, 0x53, 0xF1, 0x00),
        1 => to.Raw(0xC7, 12, 0xFF, 0, 0, 0, (byte)random.Next(256), 0, 0, 0, (byte)random.Next(2), 0x65, 0x53, 0xF1, 0),
        2 => to.Raw(0xD7, 0xFF).Raw(0x1D, 0xCD, 0x65, 0, 0x65, 0x53, 0xF1, 0),
        _ => to.Integer(1_700_000_000_000 + random.Next()),
    };

    private PackBuilder PackFlags(PackBuilder to)
    {
        var count = random.Next(4);
        to.Array(count);
        for (var index = 0; index < count; index++)
        {
            to.Text(Pick("Fst", "Lst", "Wmk", " Syn"));
        }

        return to;
    }

    private void PackEnvelope(PackBuilder to)
    {
        var count = random.Next(4, 8);
        var readings = random.Next(5);
        to.Array(count).Integer(1);
        PackTime(to).Text(Texts[random.Next(5)]).Array(readings);
        for (var index = 0; index < readings; index++)
        {
            PackEnvelopeReading(to);
        }

        for (var index = 4; index < count; index++)
        {
            _ = random.Next(10) == 0 ? PackScalar(to) : index == 4 ? to.Integer(random.Next(1000)) : to.Text(Texts[random.Next(5)]);
        }
    }

    private void PackEnvelopeReading(PackBuilder to)
    {
        var count = random.Next(8) == 0 ? random.Next(7) : random.Next(2, 5);
        to.Array(count);
        for (var index = 0; index < count; index++)
        {
            _ = random.Next(12) == 0 ? PackScalar(to)
                : index == 0 ? to.Text(Texts[random.Next(5)])
                : index == 1 ? PackScalar(to)
                : index == 2 ? to.Integer(random.Next(-50, 500))
                : to.Integer(random.Next(3));
        }
    }

    private void PackMap(PackBuilder to)
    {
        string[] names = ["equipmentId", "machine_id", "timestamp", "tag", "value", "quality", "meta", "readings", "version", "status", "x"];
        random.Shuffle(names);
        var count = random.Next(4, names.Length);
        to.Map(count);
        for (var index = 0; index < count; index++)
        {
            _ = random.Next(60) == 0 ? to.Integer(5) : to.Text(random.Next(60) == 0 ? "tag" : names[index]);
            _ = random.Next(15) == 0 ? PackScalar(to) : names[index] switch
            {
                "timestamp" => PackTime(to),
                "meta" => PackFlags(to.Map(2).Text("sequenceNumber").Integer(random.Next(100)).Text("flags")),
                "readings" => to.Array(1).Map(2).Text("tag").Text("t").Text("value").Integer(1),
                "equipmentId" or "machine_id" or "tag" => to.Text(Texts[random.Next(5)]),
                _ => PackScalar(to),
            };
        }
    }

    private PackBuilder PackScalar(PackBuilder to) => random.Next(12) switch
    {
        0 => to.Nil(),
        1 => to.Bool(random.Next(2) == 0),
        2 => to.Text(Texts[random.Next(Texts.Length)]),
        3 => to.Integer(-random.Next()),
        4 => to.Integer(long.MaxValue - random.Next(100_000)),
        5 => to.Raw(0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, (byte)random.Next(256)),
        6 => to.Raw(0xCA, 0x7F, (byte)random.Next(256), 0, 0),
        7 => to.Raw(0xC4, 1, 0),
        8 => to.Raw(0xD4, 5, 1),
        9 => to.Array(1).Map(1).Nil().Nil(),
        10 => to.Raw(0xA2, 0xC3, 0x28),
        _ => to.Integer(random.Next(200)),
    };
}
