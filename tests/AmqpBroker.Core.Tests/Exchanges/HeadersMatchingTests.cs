using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Protocol;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Exchanges;

public class HeadersMatchingTests
{
    private static readonly Gen<string> s_table =
        Gen.Select(Gen.OneOfConst("a", "b", "x-c", "d"), Gen.OneOfConst("I:1", "I:2", "S:1", "V"))
            .Array[0, 4]
            .Select(entries => string.Join(' ', entries.DistinctBy(e => e.Item1).Select(e => $"{e.Item1}={e.Item2}")));

    // Each row was tried on RabbitMQ 3.10.8.
    [Theory]
    [InlineData("", "", true)]
    [InlineData("x-match=S:all", "", true)]
    [InlineData("x-match=S:any", "", false)]
    [InlineData("x-match=S:any", "a=I:1", false)]
    [InlineData("x-match=S:all-with-x", "", true)]
    [InlineData("x-match=S:any-with-x", "", false)]
    [InlineData("x-match=S:all x-foo=I:1", "", true)]
    [InlineData("x-match=S:any x-foo=I:1", "x-foo=I:1", false)]
    [InlineData("x-match=S:all-with-x x-foo=I:1", "x-match=S:all-with-x", false)]
    [InlineData("x-match=S:all-with-x x-foo=I:1", "x-foo=I:1", true)]
    [InlineData("x-match=S:any-with-x x-foo=I:1", "x-foo=I:1", true)]
    [InlineData("x-match=S:any-with-x x-foo=I:1", "x-match=S:any-with-x", false)]
    [InlineData("x-match=S:any-with-x a=I:1 x-b=I:2", "a=I:1", true)]
    [InlineData("x-match=S:all-with-x a=I:1 x-b=I:2", "a=I:1", false)]
    [InlineData("x-match=S:all-with-x a=I:1 x-b=I:2", "x-b=I:2 a=I:1", true)]
    [InlineData("a=I:1", "", false)]
    [InlineData("a=I:1", "a=I:1", true)]
    [InlineData("a=I:1", "a=l:1099511627776", false)]
    [InlineData("a=I:1", "a=L:1", true)]
    [InlineData("a=I:1", "a=B:1", true)]
    [InlineData("a=I:1", "a=d:1", true)]
    [InlineData("a=I:1", "a=f:1", true)]
    [InlineData("a=I:1", "a=S:1", false)]
    [InlineData("a=I:1", "a=t:1", false)]
    [InlineData("a=I:1", "a=D:0/1", false)]
    [InlineData("a=d:1.5", "a=f:1.5", true)]
    [InlineData("a=d:0", "a=d:-0", true)]
    [InlineData("a=V", "a=I:1", true)]
    [InlineData("a=V", "a=V", true)]
    [InlineData("a=V", "b=I:1", false)]
    [InlineData("x-match=S:any a=V", "a=I:5", true)]
    [InlineData("a=S:x", "a=x:x", true)]
    [InlineData("a=x:x", "a=S:x", true)]
    [InlineData("a=T:5", "a=I:5", true)]
    [InlineData("a=t:1", "a=t:2", true)]
    [InlineData("a=t:1", "a=I:1", false)]
    [InlineData("a=D:1/15", "a=D:1/15", true)]
    [InlineData("a=F[b=I:1]", "a=F[b=I:1]", true)]
    [InlineData("a=F[b=I:1]", "a=F[b=l:1]", false)]
    [InlineData("a=A[I:1]", "a=A[I:1]", true)]
    [InlineData("a=A[I:1]", "a=A[I:2]", false)]
    [InlineData("a=A[I:1]", "a=A[L:1]", false)]
    [InlineData("a=A[l:1]", "a=A[L:1]", true)]
    public void Bindings_match_headers_as_in_RabbitMQ(string arguments, string headers, bool matches)
    {
        var topology = new Topology();
        Exchange exchange = topology.Exchange("headers", "h");
        Topology.Bind(exchange, topology.Queue("q"), arguments: arguments);

        Assert.Equal(matches ? ["q"] : [], topology.Route(exchange, headers: headers));
    }

    // A float that an integer would be rounded to is not that integer, and a timestamp can exceed a signed integer.
    [Theory]
    [InlineData("a=l:9007199254740993", "a=d:9007199254740992", false)]
    [InlineData("a=l:9007199254740992", "a=d:9007199254740992", true)]
    [InlineData("a=d:1e300", "a=l:9223372036854775807", false)]
    [InlineData("a=T:18446744073709551615", "a=l:-1", false)]
    [InlineData("a=d:NaN", "a=I:0", false)]
    public void Numbers_are_compared_exactly(string arguments, string headers, bool matches) =>
        Bindings_match_headers_as_in_RabbitMQ(arguments, headers, matches);

    // Each row was tried on RabbitMQ 3.10.8.
    [Theory]
    [InlineData("x-match=S:foo", "Invalid x-match field value <<\"foo\">>; expected all, any, all-with-x, or any-with-x")]
    [InlineData("x-match=S:é", "Invalid x-match field value <<\"é\">>; expected all, any, all-with-x, or any-with-x")]
    [InlineData("x-match=S:", "Invalid x-match field value <<>>; expected all, any, all-with-x, or any-with-x")]
    [InlineData("x-match=S:a\\22b\\5c", "Invalid x-match field value <<\"a\\\"b\\\\\">>; expected all, any, all-with-x, or any-with-x")]
    [InlineData("x-match=S:a\\01b", "Invalid x-match field value <<97,1,98>>; expected all, any, all-with-x, or any-with-x")]
    [InlineData("x-match=S:a\\0ab", "Invalid x-match field value <<\"a\\nb\">>; expected all, any, all-with-x, or any-with-x")]
    [InlineData("x-match=I:23", "Invalid x-match field type signedint (value 23); expected longstr")]
    [InlineData("x-match=x:all", "Invalid x-match field type binary (value <<\"all\">>); expected longstr")]
    [InlineData("x-match=V", "Invalid x-match field type void (value undefined); expected longstr")]
    [InlineData("x-match=t:1", "Invalid x-match field type bool (value true); expected longstr")]
    [InlineData("x-match=A[I:1,S:a]", "Invalid x-match field type array (value [{signedint,1},{longstr,<<\"a\">>}]); expected longstr")]
    [InlineData("x-match=F[a=I:1]", "Invalid x-match field type table (value [{<<\"a\">>,signedint,1}]); expected longstr")]
    [InlineData("x-match=T:5", "Invalid x-match field type timestamp (value 5); expected longstr")]
    [InlineData("x-match=D:2/5", "Invalid x-match field type decimal (value {2,5}); expected longstr")]
    [InlineData("x-match=d:2.5", "Invalid x-match field type double (value 2.5); expected longstr")]
    [InlineData("x-match=d:1e22", "Invalid x-match field type double (value 1.0e22); expected longstr")]
    [InlineData("x-match=d:100", "Invalid x-match field type double (value 100.0); expected longstr")]
    [InlineData("x-match=f:0.1", "Invalid x-match field type float (value 0.10000000149011612); expected longstr")]
    [InlineData("x-match=d:1e-7", "Invalid x-match field type double (value 1.0e-7); expected longstr")]
    [InlineData("x-match=d:123456789", "Invalid x-match field type double (value 123456789.0); expected longstr")]
    public void A_wrong_mode_is_refused(string arguments, string text)
    {
        Exchange exchange = new Topology().Exchange("headers", "h");

        ChannelException refused = Assert.Throws<ChannelException>(() => exchange.CheckBinding(ShortString.Empty, Fields.Table(arguments)));
        Assert.Equal((ReplyCode.PreconditionFailed, text), (refused.Code, refused.Text));
    }

    [Fact]
    public void Any_bindings_match_as_each_alone_does_also_after_some_were_unbound()
    {
        Gen<string> mode = Gen.OneOfConst("all", "any", "all-with-x", "any-with-x");
        Gen.Select(Gen.Select(mode, s_table, Gen.Bool).Array[1, 12], s_table.Array[1, 5]).Sample((bindings, messages) =>
        {
            var topology = new Topology();
            Exchange exchange = topology.Exchange("headers", "h");
            var expectedBy = new Dictionary<string, Func<string, bool>>();
            for (int i = 0; i < bindings.Length; i++)
            {
                (string matchMode, string wanted, bool stays) = bindings[i];
                Binding made = Topology.Bind(exchange, topology.Queue($"q{i}"), "", $"x-match=S:{matchMode} {wanted}");
                if (stays)
                {
                    expectedBy.Add($"q{i}", message => Matches(matchMode, wanted, message));
                }
                else
                {
                    Assert.True(i % 2 == 0 ? exchange.Unbind(made) : made.Destination.UnbindAllTo().Length == 1);
                }
            }

            foreach (string message in messages)
            {
                Assert.Equal(
                    expectedBy.Where(e => e.Value(message)).Select(e => e.Key),
                    topology.Route(exchange, headers: message));
            }
        });
    }

    private static bool Matches(string mode, string wanted, string message)
    {
        string[] headers = message.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool[] holds =
        [
            .. wanted.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Where(w => mode.EndsWith("-with-x", StringComparison.Ordinal) || !w.StartsWith("x-", StringComparison.Ordinal))
                .Select(w => headers.Any(h => h == w || (w.EndsWith("=V", StringComparison.Ordinal) && h.StartsWith(w[..^1], StringComparison.Ordinal)))),
        ];
        return mode.StartsWith("all", StringComparison.Ordinal) ? holds.All(h => h) : holds.Any(h => h);
    }
}
