namespace AmqpBroker.SpecGenerator;

/// <summary>ReplyCode and what belongs to it.</summary>
internal static class ReplyCodesFile
{
    public static string RenderEnum(Specification spec)
    {
        var text = new SourceText();
        text.Line();
        text.Summary("The reply codes of AMQP 0-9-1, as in channel.close, connection.close and basic.return.");
        text.Open("public enum ReplyCode : ushort");
        bool first = true;
        foreach (ReplySpec reply in spec.Replies)
        {
            if (!first)
            {
                text.Line();
            }

            first = false;
            string kind = reply.Kind switch { "channel" => "Channel error. ", "connection" => "Connection error. ", _ => "" };
            text.Summary(kind + reply.Doc);
            text.Line($"{Naming.Pascal(reply.Name)} = {reply.Code},");
        }

        text.Close();
        return text.ToString();
    }

    public static string RenderNames(Specification spec)
    {
        var text = new SourceText();
        text.Line();
        text.Summary("What is known about a reply code.");
        text.Open("public static class ReplyCodes");
        text.Summary("RabbitMQ's name of the code, as reply texts begin: ACCESS_REFUSED.");
        text.Line("/// <exception cref=\"global::System.ArgumentOutOfRangeException\">A code that AMQP 0-9-1 does not have.</exception>");
        text.Open("public static string RabbitName(this ReplyCode code) => code switch");
        foreach (ReplySpec reply in spec.Replies)
        {
            text.Line($"ReplyCode.{Naming.Pascal(reply.Name)} => \"{Naming.Upper(reply.Name)}\",");
        }

        text.Line("_ => throw new global::System.ArgumentOutOfRangeException(nameof(code), code, \"Not a reply code of AMQP 0-9-1.\"),");
        text.Close("};");
        text.Line();
        text.Summary("Whether an error of this code closes the connection and not only the channel.");
        IEnumerable<string> hard = spec.Replies.Where(r => r.Kind == "connection").Select(r => $"ReplyCode.{Naming.Pascal(r.Name)}");
        text.Line("public static bool ClosesConnection(this ReplyCode code) => code is");
        text.Line($"    {string.Join("\n            or ", hard)};");
        text.Close();
        return text.ToString();
    }
}
