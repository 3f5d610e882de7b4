using AmqpBroker.Core.Arguments;
using Xunit;

namespace AmqpBroker.Core.Tests.Arguments;

public class ErlangTermTests
{
    // The form of each was seen in texts of RabbitMQ 3.10.8 or follows from the rule: the shorter of plain and scientific.
    [Theory]
    [InlineData(0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(10, "10.0")]
    [InlineData(-2.5, "-2.5")]
    [InlineData(0.05, "0.05")]
    [InlineData(1e22, "1.0e22")]
    [InlineData(1e-7, "1.0e-7")]
    [InlineData(1.25e-10, "1.25e-10")]
    [InlineData(123456789, "123456789.0")]
    [InlineData(0.10000000149011612, "0.10000000149011612")]
    [InlineData(9007199254740992, "9.007199254740992e15")]
    public void Floats_have_the_fewest_digits_and_a_point(double number, string text) =>
        Assert.Equal(text, ErlangTerm.FormatDouble(number));

    [Theory]
    [InlineData("a=A[]", "[]")]
    [InlineData("a=F[]", "[]")]
    [InlineData("a=A[V,t:0,d:1,l:-5]", "[{void,undefined},{bool,false},{double,1.0},{long,-5}]")]
    [InlineData("a=F[b=A[S:c],d=x:\\ff\\01]", "[{<<\"b\">>,array,[{longstr,<<\"c\">>}]},{<<\"d\">>,binary,<<255,1>>}]")]
    public void Nested_values_carry_their_types(string table, string text)
    {
        Assert.True(Fields.Table(table).TryGetValue("a", out Protocol.FieldValue value));
        Assert.Equal(text, ErlangTerm.Format(value));
    }
}
