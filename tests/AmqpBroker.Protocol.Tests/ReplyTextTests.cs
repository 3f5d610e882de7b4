namespace AmqpBroker.Protocol.Tests;

public sealed class ReplyTextTests
{
    [Fact]
    public void Name_and_explanation()
    {
        var error = new ChannelException(ReplyCode.NotFound, "no queue 'q' in vhost '/'", 50, 10);
        Assert.Equal("NOT_FOUND - no queue 'q' in vhost '/'", error.RenderReplyText().ToString());
    }

    [Fact]
    public void A_long_text_is_cut_between_characters()
    {
        for (int padding = 0; padding < 4; padding++)
        {
            string text = new string('x', padding) + string.Concat(Enumerable.Repeat("日", 100));
            string rendered = ReplyText.Render(ReplyCode.NotFound, text).ToString();
            Assert.EndsWith("日...", rendered);
            Assert.DoesNotContain('\uFFFD', rendered);
        }

        Assert.Equal(255, ReplyText.Render(ReplyCode.NotFound, new string('x', 500)).Length);
    }

    [Fact]
    public void Every_code_has_a_name()
    {
        foreach (ReplyCode code in Enum.GetValues<ReplyCode>())
        {
            Assert.Equal(code.ToString(), code.RabbitName().Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        }
    }
}
