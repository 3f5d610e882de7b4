using System.Globalization;
using System.Numerics;
using System.Text;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Protocol;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Properties;

/// <summary>What holds for arguments and properties whatever their values are.</summary>
public sealed class ArgumentProperties
{
    [Fact]
    public void An_argument_is_equivalent_to_itself_and_equivalence_has_no_direction() =>
        Gen.Select(FieldValues.Any, FieldValues.Any).Sample((left, right) =>
        {
            Assert.True(AreEquivalent(left, left));
            Assert.Equal(AreEquivalent(left, right), AreEquivalent(right, left));
            Assert.Equal(HeadersEqual(left, right), HeadersEqual(right, left));
            if (AreEquivalent(left, right))
            {
                Assert.True(HeadersEqual(left, right));
            }
        });

    [Fact]
    public void What_is_equivalent_to_the_same_is_equivalent() =>
        Gen.Select(FieldValues.Any, FieldValues.Any, FieldValues.Any).Sample((a, b, c) =>
            Assert.True(!AreEquivalent(a, b) || !AreEquivalent(b, c) || AreEquivalent(a, c)));

    [Fact]
    public void A_double_is_printed_so_that_it_can_be_read_back() =>
        Gen.OneOf(Gen.Double, Gen.Int.Select(n => (double)n), Gen.Select(Gen.Int[-9999, 9999], Gen.Int[-30, 30], (n, e) => n * Math.Pow(10, e)))
            .Where(double.IsFinite)
            .Sample(number =>
            {
                string text = ErlangTerm.FormatDouble(number);
                Assert.Equal(number, double.Parse(text, CultureInfo.InvariantCulture));
                string[] parts = text.TrimStart('-').Split('e');
                string[] sides = parts[0].Split('.');
                Assert.Equal(2, sides.Length);
                Assert.All(sides, s => Assert.True(s.Length > 0 && s.All(char.IsAsciiDigit)));
                Assert.True(parts.Length == 1 || sides[0].Length == 1);
            });

    [Fact]
    public void Bytes_are_printed_so_that_they_can_be_read_back() =>
        Gen.OneOf(Gen.Byte.Array[0, 12], Gen.Char["ab\"\\\n\t 7"].Array[0, 12].Select(c => Encoding.ASCII.GetBytes(c))).Sample(bytes =>
        {
            // Bytes from 0xA0 on are printed as the text that they are in UTF-8, which says nothing about what is no text.
            if (bytes.All(b => b < 0x80))
            {
                Assert.Equal(bytes, ReadBinary(ErlangTerm.FormatBinary(bytes)));
            }
        });

    [Fact]
    public void An_expiration_is_what_the_digits_say_or_refused() =>
        Gen.OneOf(
            Gen.Char["0123456789+-a "].Array[0, 6].Select(c => new string(c)),
            Gen.Long[0, 400_000_000_000].Select(n => n.ToString(CultureInfo.InvariantCulture)),
            Gen.Char["0123456789"].Array[10, 30].Select(c => new string(c))).Sample(text =>
        {
            bool digits = text.TrimStart('+', '-') is { Length: > 0 } rest && rest.All(char.IsAsciiDigit) && text.Length - rest.Length <= 1;
            BigInteger value = digits ? BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : -1;
            if (digits && value >= 0 && value <= 315_360_000_000)
            {
                Assert.Equal((long)value, Expiration.Parse(Encoding.ASCII.GetBytes(text)));
            }
            else
            {
                ChannelException refused = Assert.Throws<ChannelException>(() => Expiration.Parse(Encoding.ASCII.GetBytes(text)));
                Assert.Equal(ReplyCode.PreconditionFailed, refused.Code);
            }
        });

    [Fact]
    public void Carbon_keys_are_the_texts_of_CC_then_those_of_BCC() =>
        Gen.Select(Gen.OneOfConst("S:a", "S:b", "I:1", "V", "S:cc").Array[0, 4], Gen.OneOfConst("S:c", "S:d", "t:1").Array[0, 3], Gen.Int[0, 7]).Sample((cc, bcc, which) =>
        {
            var parts = new List<string> { "x=S:CC" };
            if ((which & 1) != 0)
            {
                parts.Add($"CC=A[{string.Join(',', cc)}]");
            }

            if ((which & 2) != 0)
            {
                parts.Add($"BCC=A[{string.Join(',', bcc)}]");
            }

            if ((which & 4) != 0)
            {
                parts.Reverse();
            }

            var keys = new List<ShortString>();
            bool hasBcc = CarbonCopy.Read(Fields.Table(string.Join(' ', parts)).RawBytes.Span, keys);
            Assert.Equal((which & 2) != 0, hasBcc);
            IEnumerable<string> expected = ((which & 1) != 0 ? cc : []).Concat((which & 2) != 0 ? bcc : [])
                .Where(e => e.StartsWith("S:", StringComparison.Ordinal)).Select(e => e[2..]);
            Assert.Equal(expected, keys.Select(k => k.ToString()));
        });

    private static bool AreEquivalent(FieldValue received, FieldValue current)
    {
        try
        {
            Equivalence.Check(["x"], "queue 'q' in vhost '/'", Table(received), Table(current));
            return true;
        }
        catch (ChannelException)
        {
            return false;
        }
    }

    private static bool HeadersEqual(FieldValue wanted, FieldValue given) =>
        TermEquality.AreEqual(wanted, given.Type, given.Payload.Span);

    private static FieldTable Table(FieldValue value) =>
        new FieldTableBuilder().Append(ShortString.FromString("x"), value).Build();

    private static byte[] ReadBinary(string term)
    {
        string inside = term[2..^2];
        if (!inside.StartsWith('"'))
        {
            return [.. inside.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(n => byte.Parse(n, CultureInfo.InvariantCulture))];
        }

        var bytes = new List<byte>();
        for (int i = 1; i < inside.Length - 1; i++)
        {
            char c = inside[i];
            if (c == '\\')
            {
                i++;
                c = inside[i] switch
                {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\v',
                    'b' => '\b',
                    'f' => '\f',
                    'e' => '\e',
                    var other => other,
                };
            }

            bytes.Add((byte)c);
        }

        return [.. bytes];
    }
}
