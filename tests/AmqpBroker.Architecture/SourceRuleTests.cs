namespace AmqpBroker.Architecture;

/// <summary>Each rule finds what breaks it, and leaves alone what does not.</summary>
public sealed class SourceRuleTests
{
    private const string Delay = "await Task." + "Delay(10);";
    private const string Sleep = "Thread." + "Sleep (10);";

    [Theory]
    [InlineData(Delay)]
    [InlineData(Sleep)]
    [InlineData(Sleep + " // a comment")]
    [InlineData("// waits for something else\n" + Delay)]
    [InlineData("// waits because of this\n\n" + Delay)]
    public void A_wait_without_a_reason_is_found(string source) => Assert.Single(SourceRules.UnexplainedWaits(source.Split('\n')));

    [Theory]
    [InlineData(Delay + " // waits because the specification asks for a pause")]
    [InlineData("// waits because the specification asks for a pause\n" + Delay)]
    [InlineData("// no " + Delay)]
    [InlineData("await Task.WhenAny(ended, Task." + "Delay(10));")]
    [InlineData("string s = \"" + Delay + "\";")]
    public void A_wait_with_a_reason_or_in_words_is_left_alone(string source) => Assert.Empty(SourceRules.UnexplainedWaits(source.Split('\n')));

    [Theory]
    [InlineData("public unsafe void Copy()")]
    [InlineData("    unsafe")]
    public void Unsafe_code_is_found(string line) => Assert.Single(SourceRules.UnsafeCode([line]));

    [Theory]
    [InlineData("// this is unsafe")]
    [InlineData("/// <summary>unsafe</summary>")]
    [InlineData("string s = \"unsafe\";")]
    [InlineData("bool isUnsafe;")]
    public void Unsafe_as_a_word_is_left_alone(string line) => Assert.Empty(SourceRules.UnsafeCode([line]));

    [Theory]
    [InlineData("cd /" + "root/project")]
    [InlineData("\"/" + "work/main\"")]
    [InlineData("C:" + "\\Users\\someone")]
    [InlineData("https://registry." + "npmjs.org/x")]
    public void A_trace_of_a_machine_is_found(string line) => Assert.Single(SourceRules.MachineTraces([line]));

    [Theory]
    [InlineData("tests/work/main")]
    [InlineData("$root/artifacts")]
    [InlineData("${base}/work/x")]
    [InlineData("/usr/bin/python3")]
    [InlineData("https://www.rabbitmq.com/docs")]
    public void What_every_machine_has_is_left_alone(string line) => Assert.Empty(SourceRules.MachineTraces([line]));
}
