namespace AmqpBroker.SpecGenerator;

/// <summary>AmqpConstants: the constants that are not reply codes.</summary>
internal static class ConstantsFile
{
    public static string Render(Specification spec)
    {
        var text = new SourceText();
        text.Line();
        text.Summary("The constants of AMQP 0-9-1 that are not reply codes.");
        text.Open("public static class AmqpConstants");
        bool first = true;
        foreach (ConstantSpec constant in spec.Constants)
        {
            if (!first)
            {
                text.Line();
            }

            first = false;
            string type = constant.Value > byte.MaxValue ? "int" : "byte";
            text.Summary(constant.Doc);
            text.Line($"public const {type} {Naming.Pascal(constant.Name)} = {constant.Value};");
        }

        text.Close();
        return text.ToString();
    }
}
