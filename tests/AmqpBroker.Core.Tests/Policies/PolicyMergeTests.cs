using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Tests.Arguments;
using AmqpBroker.Protocol;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Policies;

public sealed class PolicyMergeTests
{
    private static readonly string[] s_numbers = ["delivery-limit", "expires", "max-length", "max-length-bytes", "message-ttl"];

    [Theory]
    [InlineData("", "", "ttl=max expires=max length=max bytes=max overflow=DropHead dlx= key= limit=max timeout=")]
    [InlineData("x-message-ttl=I:5", "message-ttl=l:7", "ttl=5")]
    [InlineData("x-message-ttl=I:7", "message-ttl=l:5", "ttl=5")]
    [InlineData("", "message-ttl=l:0", "ttl=0")]
    [InlineData("x-expires=I:5", "expires=l:7", "expires=5")]
    [InlineData("x-expires=I:7", "expires=l:5", "expires=5")]
    [InlineData("x-max-length=I:5", "max-length=l:7", "length=5")]
    [InlineData("x-max-length=I:7", "max-length=l:0", "length=0")]
    [InlineData("x-max-length-bytes=I:7", "max-length-bytes=l:5", "bytes=5")]
    [InlineData("x-max-length-bytes=I:5", "max-length-bytes=l:7", "bytes=5")]
    [InlineData("x-overflow=S:drop-head", "overflow=S:reject-publish", "overflow=DropHead")]
    [InlineData("x-overflow=S:reject-publish-dlx", "overflow=S:drop-head", "overflow=RejectPublishDeadLetter")]
    [InlineData("", "overflow=S:reject-publish", "overflow=RejectPublish")]
    [InlineData("", "overflow=S:reject-publish-dlx", "overflow=RejectPublishDeadLetter")]
    [InlineData("x-dead-letter-exchange=S:a", "dead-letter-exchange=S:b dead-letter-routing-key=S:k", "dlx=a key=k")]
    [InlineData("x-dead-letter-exchange=S:a x-dead-letter-routing-key=S:j", "dead-letter-routing-key=S:k", "dlx=a key=j")]
    [InlineData("", "dead-letter-exchange=S:b dead-letter-routing-key=S:k", "dlx=b key=k")]
    [InlineData("x-delivery-limit=I:3", "delivery-limit=l:5", "limit=3")]
    [InlineData("x-delivery-limit=I:5", "delivery-limit=l:3", "limit=3")]
    [InlineData("x-delivery-limit=I:-1", "delivery-limit=l:3", "limit=3")]
    [InlineData("", "delivery-limit=l:3", "limit=3")]
    [InlineData("x-queue-type=S:quorum", "", "limit=20")]
    [InlineData("x-queue-type=S:quorum", "delivery-limit=l:30", "limit=30")]
    [InlineData("x-queue-type=S:quorum x-delivery-limit=I:-1", "", "limit=max")]
    [InlineData("x-consumer-timeout=I:5", "consumer-timeout=l:7", "timeout=5")]
    [InlineData("x-consumer-timeout=I:7", "consumer-timeout=l:5", "timeout=5")]
    [InlineData("", "consumer-timeout=l:5", "timeout=5")]
    public void Of_two_numbers_the_smaller_holds_and_an_arguments_word_against_a_policys(string arguments, string policy, string expected)
    {
        var settings = QueueSettings.Of(QueueArguments.FromValidated(Fields.Table(arguments)), new PolicyValues(Fields.Table(policy)));
        string shown = Show(settings);
        Assert.All(expected.Split(' '), part => Assert.Contains(part, shown.Split(' ')));
    }

    [Fact]
    public void Operators_limit_what_users_set()
    {
        Check("expires=l:5", "", "expires=5");
        Check("", "expires=l:5", "expires=5");
        Check("expires=l:5 max-length=l:1", "expires=l:4 max-length=l:2 message-ttl=l:3", "expires=4 length=1 ttl=3");
        Check("overflow=S:drop-head", "overflow=S:reject-publish", "overflow=RejectPublish");
        Check("dead-letter-exchange=S:a", "max-length=l:1", "dlx=a length=1");

        static void Check(string user, string @operator, string expected)
        {
            FieldTable merged = PolicyMerge.Merge(Fields.Table(user), Fields.Table(@operator));
            string shown = Show(QueueSettings.Of(QueueArguments.None, new PolicyValues(merged)));
            Assert.All(expected.Split(' '), part => Assert.Contains(part, shown.Split(' ')));
        }
    }

    [Fact]
    public void Whatever_arguments_policies_and_operators_say_the_smallest_number_holds()
    {
        Gen<long?[]> values = Gen.Select(Gen.Bool, Gen.Long[1, 50], (has, value) => has ? value : (long?)null).Array[s_numbers.Length];
        Gen.Select(values, values, values).Sample((arguments, user, @operator) =>
        {
            FieldTable merged = PolicyMerge.Merge(Table("", user), Table("", @operator));
            var settings = QueueSettings.Of(QueueArguments.FromValidated(Table("x-", arguments)), new PolicyValues(merged));
            long[] found = [settings.DeliveryLimit, settings.ExpiresMs, settings.MaxLength, settings.MaxLengthBytes, settings.MessageTtlMs];
            for (int i = 0; i < s_numbers.Length; i++)
            {
                Assert.Equal(new[] { arguments[i], user[i], @operator[i] }.Min() ?? QueueSettings.Unlimited, found[i]);
                Assert.Equal(user[i] is not null || @operator[i] is not null, merged.TryGetValue(s_numbers[i], out _));
            }

            string[] names = [.. merged.Select(static e => e.Name.ToString())];
            Assert.Equal(names.Order(StringComparer.Ordinal), names);
        });
    }

    private static FieldTable Table(string prefix, long?[] values)
    {
        var builder = new FieldTableBuilder();
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is { } value)
            {
                builder.Append(prefix + s_numbers[i], FieldValue.FromInt64(value));
            }
        }

        return builder.Build();
    }

    private static string Show(QueueSettings s)
    {
        return $"ttl={Limit(s.MessageTtlMs)} expires={Limit(s.ExpiresMs)} length={Limit(s.MaxLength)} bytes={Limit(s.MaxLengthBytes)} "
            + $"overflow={s.Overflow} dlx={s.DeadLetterExchange} key={s.DeadLetterRoutingKey} limit={Limit(s.DeliveryLimit)} timeout={s.ConsumerTimeoutMs}";

        static string Limit(long value) => value == QueueSettings.Unlimited ? "max" : $"{value}";
    }
}
