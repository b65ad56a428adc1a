return [==[
metrics.ConfusionMatrix(classes: string[]|integer) -> ConfusionMatrix
  Counts answers: rows are true, columns predicted classes. classes: their names, or how many.
  > c = metrics.ConfusionMatrix { "cat", "dog" }
  > c:add(ml.tensor { 1, 2, 2 }, ml.tensor { 1, 2, 1 })
  > c:accuracy()
  > print(c:report())
  see plot.confusion_matrix
ConfusionMatrix:add(predictions: Tensor, labels: Tensor, { sample_weight: number[] }?)
  Counts more answers: i64 tensors of classes from 1. With sample_weight counts are sums of the samples' weights.
ConfusionMatrix:reset()
  Back to 0.
ConfusionMatrix:total() -> integer|number
  How many answers were counted, or their weight.
ConfusionMatrix:classes() -> string[]
  The names of the classes.
ConfusionMatrix:matrix({ normalize }?) -> Tensor
  The counts as a tensor; normalize: "true" (each row sums to 1), "pred" (each column) or "all".
ConfusionMatrix:normalize(how: "true"|"pred"|"all") -> Tensor
  As matrix { normalize = how }.
ConfusionMatrix:accuracy() -> number
  The share of right answers.
ConfusionMatrix:balanced_accuracy() -> number
  The mean recall of the classes: every class counts alike.
ConfusionMatrix:precision({ zero_division = 0 }?) -> number[]
  For each class, the share of right ones among the answers that name it.
ConfusionMatrix:recall({ zero_division = 0 }?) -> number[]
  For each class, the share of its samples that was found.
ConfusionMatrix:f1({ zero_division = 0 }?) -> number[]
  The harmonic mean of precision and recall, for each class.
ConfusionMatrix:support() -> integer[]
  How many samples each class has.
ConfusionMatrix:average(how: "macro"|"weighted"|"micro", { zero_division = 0, rows }?) -> table
  precision, recall, f1 as "macro", "weighted" or "micro" averages.
ConfusionMatrix:select({ rows: integer[] }) -> ConfusionMatrix
  Some of the classes alone.
ConfusionMatrix:tallies({ rows }?) -> hits: number[], truth: number[], predicted: number[]
  For each class the samples of it that were found, those that are of it, those that were said to be.
ConfusionMatrix:kappa(weights?) -> number
  Cohen's kappa; weights: nil, "linear" or "quadratic".
ConfusionMatrix:mcc() -> number
  Matthews' correlation coefficient.
ConfusionMatrix:report({ digits = 2, zero_division = 0, rows, names }?) -> string
  scikit-learn's classification report, as text.
ConfusionMatrix:report_table({ zero_division = 0 }?) -> table
  The same as a table by class.
ConfusionMatrix:close()
  Gives memory back at once.
metrics.accuracy_score
  The share of right answers, or with normalize = false their number. Numbers are scikit-learn's, here and below. Labels are whole
  numbers or texts; sample_weight is a number for each sample; several labels for each sample are a matrix of 0 and 1 on both
  sides, and then all labels of a sample have to be right.
  > metrics.accuracy_score({ 1, 2, 2 }, { 1, 2, 1 })
  > metrics.accuracy_score({ "cat", "dog" }, { "cat", "cat" }, { sample_weight = { 3, 1 } })
metrics.zero_one_loss
  The share of wrong answers, or with normalize = false their number.
metrics.hamming_loss
  The share of wrong labels, where each sample has several: a matrix of 0 and 1 on both sides.
  > metrics.hamming_loss({ { 1, 0 }, { 1, 1 } }, { { 1, 0 }, { 0, 1 } })
metrics.balanced_accuracy_score
  The mean recall of the classes that occur; adjusted puts chance at 0.
metrics.confusion_matrix
  The matrix and the label of each row; normalize: "true", "pred" or "all"; labels: which rows, in which order.
  > metrics.confusion_matrix({ 1, 2, 2 }, { 1, 2, 1 })
metrics.multilabel_confusion_matrix
  For each label {{ true negatives, false positives }, { false negatives, true positives }}: labels x 2 x 2.
  > metrics.multilabel_confusion_matrix({ { 1, 0 }, { 1, 1 } }, { { 1, 0 }, { 0, 1 } })
metrics.classification_report
  scikit-learn's text, byte for byte; with output_dict a table. Where each sample has several labels it ends with their averages.
  > print(metrics.classification_report({ 1, 2, 2 }, { 1, 2, 1 }, { target_names = { "cat", "dog" } }))
metrics.precision_score(truth, predictions: Tensor|integer[]|string[],
    { average = "binary", pos_label, labels: any[], sample_weight: number[], zero_division = 0 }?) -> number|number[]
  The share of right ones among the answers; average: "macro", "weighted", "micro", "none" (a list, and the labels), with several
  labels for each sample "samples", or "binary" with pos_label (1 where labels are 0 and 1). labels: which ones count, in which
  order.
  > metrics.precision_score({ 1, 2, 2 }, { 1, 2, 1 }, { average = "macro" })
metrics.recall_score(truth, predictions: Tensor|integer[]|string[],
    { average = "binary", pos_label, labels: any[], sample_weight: number[], zero_division = 0 }?) -> number|number[]
  The share of the samples that was found, as precision_score.
metrics.f1_score(truth, predictions: Tensor|integer[]|string[],
    { average = "binary", pos_label, labels: any[], sample_weight: number[], zero_division = 0 }?) -> number|number[]
  The harmonic mean of both, as precision_score.
  > metrics.f1_score({ { 1, 0, 1 }, { 0, 1, 0 } }, { { 1, 1, 1 }, { 0, 1, 0 } }, { average = "samples" })
metrics.fbeta_score(truth, predictions: Tensor|integer[]|string[],
    { beta: number, average = "binary", pos_label, labels: any[], sample_weight: number[], zero_division = 0 }) -> number|number[]
  The mean of both in which recall weighs beta times as much as precision, as precision_score.
  > metrics.fbeta_score({ 1, 2, 2 }, { 1, 2, 1 }, { beta = 2, average = "macro" })
metrics.jaccard_score(truth, predictions: Tensor|integer[]|string[],
    { average = "binary", pos_label, labels: any[], sample_weight: number[], zero_division = 0 }?) -> number|number[]
  Intersection over union: the samples of a class that were found, among those that are of it or were said to be; as
  precision_score.
  > metrics.jaccard_score({ 1, 2, 2 }, { 1, 2, 1 }, { average = "macro" })
metrics.precision_recall_fscore_support
  Precision, recall, F and the number of samples: four lists, or with average three numbers.
  > metrics.precision_recall_fscore_support({ 1, 2, 2 }, { 1, 2, 1 })
metrics.cohen_kappa_score
  Agreement beyond chance; weights: nil, "linear" or "quadratic".
metrics.matthews_corrcoef
  Matthews' correlation coefficient.
metrics.top_k_accuracy_score
  The share of the samples whose class is among the k highest scores of its row; of equal scores the higher class comes first.
  > metrics.top_k_accuracy_score({ 1, 3 }, ml.tensor { { 0.5, 0.3, 0.2 }, { 0.5, 0.3, 0.2 } }, { k = 2 })
metrics.roc_auc_score
  The area under the ROC curve; with a column for each class multi_class is "ovr" or "ovo". Several labels for each sample: a
  matrix of 0 and 1, and one of scores.
  > metrics.roc_auc_score({ 1, 2, 2, 1 }, { 0.1, 0.8, 0.6, 0.4 })
metrics.average_precision_score
  The area under the precision-recall curve, as a sum of steps.
metrics.roc_curve
  False positive rates, true positive rates and thresholds: three lists.
metrics.precision_recall_curve
  Precisions, recalls and thresholds: three lists.
metrics.log_loss
  The mean of -log(probability of the true class).
  > metrics.log_loss({ 1, 2 }, ml.tensor { { 0.9, 0.1 }, { 0.2, 0.8 } })
metrics.brier_score_loss
  The mean square of what probabilities miss: of two classes the square for one of them, of more the sum over all.
  > metrics.brier_score_loss({ 0, 1, 1 }, { 0.1, 0.8, 0.6 })
metrics.calibration_error
  How far confidence is from being right: the expected calibration error. Also returns the bins.
metrics.temperature
  The temperature with which softmax(logits / temperature) says best how often the net is right: above 1 it is surer than that.
  Fitted by log loss, from 0.05 to 20; it changes no answer. Each run of an experiment finds its own on the validation pictures.
  > metrics.temperature({ 1, 2, 1 }, ml.tensor { { 4, 0 }, { 3, 0 }, { 5, 0 } })
  see metrics.calibration_error
metrics.statistics
  Intervals and tests; the same as metrics.stats.
  see metrics.stats.wilson, metrics.stats.compare, metrics.stats.compare_trials
metrics.stats.mean_sd(values: number[]) -> mean: number, sd: number
  Two numbers: the mean and the standard deviation (divided by n - 1).
metrics.stats.t_interval(values: number[], { confidence = 0.95 }?) -> table
  The mean and its interval from Student's t: mean, low, high, se, df.
  > metrics.stats.t_interval({ 0.81, 0.83, 0.79 }).low
metrics.stats.wilson(successes: integer, n, { confidence = 0.95 }?) -> table
  A share and its interval, inside [0, 1] and sensible at its ends (Wilson, 1927): mean, low, high, se, df.
  > metrics.stats.wilson(7, 20).high
metrics.stats.bootstrap(values: number[], { resamples = 10000, confidence = 0.95, seed = 0 }?) -> table
  The mean and its interval from resampling with replacement: mean, low, high, se, df.
metrics.stats.mcnemar(a_only: integer, b_only: integer, { mid_p = false }?) -> p: number
  p of the hypothesis that two classifiers are equally good, from the numbers of pictures that only one got right.
  > metrics.stats.mcnemar(3, 12)
metrics.stats.paired(a: number[], b: number[], { confidence = 0.95 }?) -> table
  Student's paired t test of two lists: difference, se, t, df, p, low, high.
metrics.stats.holm(p_values: number[]) -> number[]
  The p-values corrected for being several (Holm, 1979): a list.
  > metrics.stats.holm { 0.04, 0.01, 0.03 }
metrics.stats.t_quantile(p: number, df?: number) -> number
  The quantile of Student's t with df degrees of freedom; of the normal distribution without df.
metrics.stats.t_cdf(t: number, df?: number) -> number
  The probability that Student's t is at most t.
metrics.stats.accuracy(correct: Tensor, { confidence = 0.95 }?) -> table
  The accuracy of one way of training and its interval. correct: seeds x images, 1 where right. Returns mean, low, high, se,
  df, se_images, se_runs, seeds, images, includes_runs.
  > metrics.stats.accuracy(ml.tensor { { 1, 0, 1, 1 }, { 1, 1, 1, 0 } }).mean
metrics.stats.accuracies(trials: Tensor[], { weight: Tensor, fold: Tensor[], confidence = 0.95 }?) -> table[]
  The same for several trials on the same images with the same seeds, whose runs' variance is estimated together. weight: a
  number per image; images / (classes x images of its class) makes the mean the balanced accuracy. fold: for
  each seed the fold of each image, where the seed's networks each answered for a fold that they were not trained on.
metrics.stats.compare(a: Tensor, b: Tensor, { confidence = 0.95 }?) -> table
  The difference of two trials on the same images with the same seeds: difference, low, high, p, se, df, mean_a, mean_b, and
  a_only and b_only, the answers that only one of them got right.
  > metrics.stats.compare(ml.tensor { { 1, 1, 1, 1 }, { 1, 1, 1, 0 } }, ml.tensor { { 1, 0, 1, 1 }, { 1, 1, 0, 0 } }).difference
metrics.stats.compare_trials(trials: Tensor[], { pairs: list, weight: Tensor, fold: Tensor[], confidence = 0.95 }?) -> table[]
  A list of what compare gives, for each pair { 1, 2 } of trials (all of them unless said). All trials together say how much
  runs differ, so that two seeds of three trials tell more than two seeds of two. weight, fold: as in accuracies. Where all
  images say the same, the interval allows for images that would not: +- 84 points with 2 of them.
  > answers = ml.tensor { { 1, 0, 1, 1 }, { 1, 1, 1, 0 } }
  > #metrics.stats.compare_trials { answers, 1 - answers, answers }
metrics.stats.compare_values(trials: number[][], { pairs: integer[][], overlap = 0, confidence = 0.95 }?) -> table[]
  The same for a number of each run, such as a loss: trials is a list with a list of numbers, one for each run, for each.
  overlap: validation images for each training image, where every run has others; the variance of the runs' mean is then
  (1 / runs + overlap) times theirs (Nadeau and Bengio, 2003). Where no number varies p is that of as many signs that agree,
  and low and high are NaN.
  > metrics.stats.compare_values({ { 0.5, 0.6 }, { 0.7, 0.9 } })[1].p
metrics.stats.values_means(trials: number[][], { overlap = 0, confidence = 0.95 }?) -> table[]
  The means of such numbers with their intervals: a list of mean, low, high, se, df.
metrics.stats.compare_sets(a: Tensor, b: Tensor, { confidence = 0.95 }?) -> table
  How much better runs are on one set of images than on another, of which neither has an image of the other: mean of a - mean
  of b as difference, low, high, p, se, df. Each is runs x images, 1 where right, for the same runs. Where none varies p, low and
  high are NaN.
  > metrics.stats.compare_sets(ml.tensor { { 1, 1, 1, 0 }, { 1, 0, 1, 1 } }, ml.tensor { { 1, 0 }, { 0, 1 } }).difference
metrics.stats.detectable(se: number, df: number, { alpha = 0.05, power = 0.8 }?) -> number
  The smallest true difference that a test with this standard error finds with this power.
  > metrics.stats.detectable(0.01, 10)
]==]
