return [==[
metrics.ConfusionMatrix(classes)
  Counts answers: rows are true, columns predicted classes. classes: their names, or how many.
  > c = metrics.ConfusionMatrix { "cat", "dog" }
  > c:add(ml.tensor { 1, 2, 2 }, ml.tensor { 1, 2, 1 })
  > c:accuracy()
  > print(c:report())
  see plot.confusion_matrix
ConfusionMatrix:add(predictions, labels)
  Counts more answers: i64 tensors of classes from 1.
ConfusionMatrix:reset()
  Back to 0.
ConfusionMatrix:total()
  How many answers were counted.
ConfusionMatrix:classes()
  The names of the classes.
ConfusionMatrix:matrix([{ normalize = nil }])
  The counts as a tensor; normalize: "true" (each row sums to 1), "pred" (each column) or "all".
ConfusionMatrix:normalize(how)
  As matrix { normalize = how }.
ConfusionMatrix:accuracy()
  The share of right answers.
ConfusionMatrix:balanced_accuracy()
  The mean recall of the classes: every class counts alike.
ConfusionMatrix:precision([{ zero_division = 0 }])
  For each class, the share of right ones among the answers that name it.
ConfusionMatrix:recall([{ zero_division = 0 }])
  For each class, the share of its samples that was found.
ConfusionMatrix:f1([{ zero_division = 0 }])
  The harmonic mean of precision and recall, for each class.
ConfusionMatrix:support()
  How many samples each class has.
ConfusionMatrix:average(how [, { zero_division = 0, rows = nil }])
  precision, recall, f1 as "macro", "weighted" or "micro" averages.
ConfusionMatrix:select(rows)
  Some of the classes alone.
ConfusionMatrix:kappa([weights])
  Cohen's kappa; weights: nil, "linear" or "quadratic".
ConfusionMatrix:mcc()
  Matthews' correlation coefficient.
ConfusionMatrix:report([{ digits = 2, zero_division = 0, rows = nil, names = nil }])
  scikit-learn's classification report, as text.
ConfusionMatrix:report_table([{ zero_division = 0 }])
  The same as a table by class.
ConfusionMatrix:close()
  Gives memory back at once.
metrics.accuracy_score(labels, predictions [, { normalize = true }])
  The share of right answers, or with normalize = false their number. Numbers are scikit-learn's, here and below.
  > metrics.accuracy_score({ 1, 2, 2 }, { 1, 2, 1 })
metrics.balanced_accuracy_score(labels, predictions [, { adjusted = false }])
  The mean recall of the classes that occur; adjusted puts chance at 0.
metrics.confusion_matrix(labels, predictions [, { labels = nil, normalize = nil }])
  The matrix and the label of each row; normalize: "true", "pred" or "all".
  > metrics.confusion_matrix({ 1, 2, 2 }, { 1, 2, 1 })
metrics.classification_report(labels, predictions [, { labels = nil, target_names = nil, digits = 2, zero_division = 0,
    output_dict = false }])
  scikit-learn's text, byte for byte; with output_dict a table.
  > print(metrics.classification_report({ 1, 2, 2 }, { 1, 2, 1 }, { target_names = { "cat", "dog" } }))
metrics.precision_score(labels, predictions [, { average = "binary", pos_label = nil, zero_division = 0 }])
  The share of right ones among the answers; average: "macro", "weighted", "micro", "none", or "binary" with pos_label.
  > metrics.precision_score({ 1, 2, 2 }, { 1, 2, 1 }, { average = "macro" })
metrics.recall_score(labels, predictions [, { average = "binary", pos_label = nil, zero_division = 0 }])
  The share of the samples that was found, as precision_score.
metrics.f1_score(labels, predictions [, { average = "binary", pos_label = nil, zero_division = 0 }])
  The harmonic mean of both, as precision_score.
metrics.cohen_kappa_score(a, b [, { weights = nil }])
  Agreement beyond chance; weights: nil, "linear" or "quadratic".
metrics.matthews_corrcoef(labels, predictions)
  Matthews' correlation coefficient.
metrics.top_k_accuracy_score(labels, scores [, { k = 2 }])
  The share of the samples whose class is among the k highest scores of its row.
  > metrics.top_k_accuracy_score({ 1, 3 }, ml.tensor { { 0.5, 0.3, 0.2 }, { 0.5, 0.3, 0.2 } }, { k = 2 })
metrics.roc_auc_score(labels, scores [, { multi_class = nil, average = "macro", pos_label = nil }])
  The area under the ROC curve; with a column for each class multi_class is "ovr" or "ovo".
  > metrics.roc_auc_score({ 1, 2, 2, 1 }, { 0.1, 0.8, 0.6, 0.4 })
metrics.average_precision_score(labels, scores [, { average = "macro", pos_label = nil }])
  The area under the precision-recall curve, as a sum of steps.
metrics.roc_curve(labels, scores [, { pos_label = nil, drop_intermediate = true }])
  False positive rates, true positive rates and thresholds: three lists.
metrics.precision_recall_curve(labels, scores [, { pos_label = nil }])
  Precisions, recalls and thresholds: three lists.
metrics.log_loss(labels, scores [, { normalize = true }])
  The mean of -log(probability of the true class).
  > metrics.log_loss({ 1, 2 }, ml.tensor { { 0.9, 0.1 }, { 0.2, 0.8 } })
metrics.calibration_error(labels, scores [, { n_bins = 10 }])
  How far confidence is from being right: the expected calibration error. Also returns the bins.
metrics.statistics
  Intervals and tests, also as metrics.stats: wilson, bootstrap, mcnemar, paired_t, holm, seed_interval.
metrics.stats
  The same as metrics.statistics.
]==]
